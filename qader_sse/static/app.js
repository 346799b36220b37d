// Who is signed in, the list of challenges, and the news. The open challenge is in duel.js.

import { closeDuel, openDuel } from "./duel.js";
import { $, attempt, el, logFrame, paint, showConnection } from "./page.js";
import { call, follow } from "./server.js";

const DEMO_PASSWORD = "demo-pass-1";
const NEWS = {
  new_challenge_invite: (p) => [p.id, `${p.challenger.username} challenges you.`],
  challenge_accepted_notification: (p) => [p.challenge_id, `${p.accepted_by} plays against you.`],
  challenge_declined_notification: (p) => [p.challenge_id, `${p.declined_by} declined your invite.`],
  challenge_cancelled_notification: (p) => [p.challenge_id, `${p.cancelled_by} withdrew the invite.`],
};

let me, notifications, forget;
let listTurn = 0;

const openId = () => Number(/^#challenge-(\d+)$/.exec(location.hash)?.[1]);

function signedIn(user) {
  me = user;
  showAccount();
  $("log").replaceChildren(); // of whoever was here before
  $("me").textContent = me.username;
  const other = me.username === "sara" ? "fahad" : "sara";
  $("other-account").textContent = $("new-challenge").opponent_username.value = other;
  notifications = follow("sse/challenges/notifications/", {
    frame: (...frame) => logFrame("notifications", ...frame),
    message: receiveNews,
    state: connectionChanged,
  });
  openFromAddress();
}

function signedOut(why) {
  notifications?.close();
  closeDuel();
  me = undefined;
  showAccount();
  paint($("challenges"), null, () => []);
  $("sign-in-problem").textContent = why;
}

function showAccount() {
  $("sign-in").hidden = Boolean(me);
  $("lobby").hidden = $("account").hidden = !me;
}

function openFromAddress() {
  $("toast").replaceChildren();
  if (me && openId()) openDuel(openId(), me, refreshList);
  else closeDuel();
  refreshList();
}

function connectionChanged(state) {
  if (state !== "closed") showConnection("lobby-connection", state);
  else showConnection("lobby-connection", "connection ended", () => notifications.connect());
  if (state === "live") refreshList();
  if (["live", "closed"].includes(state)) checkAccount(); // EventSource does not say why it was refused
}

/** Tabs share the cookie: another one may have signed out, or in as somebody else. */
async function checkAccount() {
  const there = me && (await whoIsThere());
  if (!me || there === undefined) return;
  if (there === null) signedOut("You have been signed out.");
  else if (there.id !== me.id) location.reload();
}

function receiveNews(type, payload) {
  if (!(type in NEWS)) return;
  const [id, text] = NEWS[type](payload);
  $("toast").replaceChildren(text, id === openId() ? "" : el("a", { href: `#challenge-${id}` }, "Open"));
  clearTimeout(forget);
  forget = setTimeout(() => $("toast").replaceChildren(), 12_000);
  refreshList();
}

async function refreshList() {
  const turn = ++listTurn;
  const page = me && (await call("GET", "api/v1/challenges/challenges/").catch(() => null));
  if (!page || turn !== listTurn) return; // a later call will tell
  paint($("challenges"), [page.results, openId()], () => page.results.map(listItem));
}

function listItem({ id, challenger, opponent, status, user_score, opponent_score, ...shown }) {
  const rival = (challenger.id === me.id ? opponent : challenger)?.username ?? "anybody";
  const score = status === "completed" ? `${user_score} : ${opponent_score}` : "";
  const link = { href: `#challenge-${id}`, "data-key": id, "aria-current": id === openId() && "true" };
  const type = el("bdi", {}, shown.challenge_type_display);
  return el(
    "li",
    {},
    el("a", link, type, " – ", el("bdi", {}, rival)),
    el("span", { class: "hint" }, el("bdi", {}, shown.status_display), ` ${score}`),
  );
}

/** Return who is signed in, null for nobody, undefined if the service does not say. */
const whoIsThere = () =>
  call("GET", "api/v1/users/me/").catch((refused) => (refused.status === 401 ? null : undefined));

const enter = (pressed, action, credentials) =>
  attempt(pressed, "sign-in-problem", async () => {
    signedIn((await call("POST", `api/v1/auth/${action}/`, credentials)).user);
    $("credentials").reset();
    if (!openId()) $("lobby-title").focus();
  });

for (const pressed of document.querySelectorAll("[data-demo]")) {
  const credentials = { username: pressed.dataset.demo, password: DEMO_PASSWORD };
  pressed.addEventListener("click", () => enter(pressed, "login", credentials));
}

$("credentials").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(event.submitter, event.submitter.value, Object.fromEntries(new FormData(event.target)));
});

$("sign-out").addEventListener("click", ({ target }) =>
  attempt(target, "toast", async () => {
    await call("POST", "api/v1/auth/logout/");
    signedOut("");
    $("sign-in-title").focus();
  }),
);

$("new-challenge").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = Object.fromEntries(new FormData(event.target));
  if (event.submitter.value === "anybody") delete wanted.opponent_username;
  attempt(event.submitter, "lobby-problem", async () => {
    const { id } = await call("POST", "api/v1/challenges/challenges/", wanted);
    location.hash = `challenge-${id}`;
  });
});

$("clear-log").addEventListener("click", () => $("log").replaceChildren());
addEventListener("hashchange", openFromAddress);
addEventListener("focus", checkAccount);

const types = await call("GET", "api/v1/challenges/types/").catch(() => []);
$("new-challenge").challenge_type.append(...types.map(({ key, name }) => el("option", { value: key }, name)));
const there = await whoIsThere();
if (there) signedIn(there);
else signedOut(there === null ? "" : "The service does not answer. Reload the page in a moment.");
