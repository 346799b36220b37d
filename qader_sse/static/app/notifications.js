// The user's notifications, on every view: invites to answer, and how others answered theirs.

import { alertUser } from "./alerts.js";
import { ApiError, callApi, challengePath, withRetries } from "./api.js";
import { avatar } from "./avatar.js";
import { typeName } from "./challenge-types.js";
import { ownUsername, shownName } from "./names.js";
import { titleInvites } from "./page-title.js";
import { block } from "./people.js";
import { $, button, el, renderInto, runAction, setText } from "./rendering.js";
import { noFingerDown } from "./steady.js";
import { followStream } from "./streams.js";
import { counted, text } from "./texts.js";
import { showToast } from "./toast.js";
import { isPlaying } from "./views.js";

// The text of each notification, which is also the key of the username in it.
const TOASTS = {
  challenge_accepted_notification: "accepted_by",
  challenge_declined_notification: "declined_by",
  challenge_cancelled_notification: "cancelled_by",
};

const invites = new Map(); // by the challenge's id
let stream, openId, onChange;
let changes = 0; // of the invites, counted: an answer from before the latest one is out of date
let taken = { matches: () => false, changed: () => {} };

/** Follow the notifications; `whenChanged` is called when the list of duels may have changed. */
export function followNotifications(whenChanged) {
  onChange = whenChanged;
  stream = followStream("sse/challenges/notifications/", { onMessage: receive, onStatus: statusChanged });
}

export function stopNotifications() {
  stream?.close();
  stream = undefined;
  change(() => invites.clear());
}

/** Hide the invite of the duel that is open (null if none is), and toasts about it: its own view shows the same. */
export function hideInviteOf(id) {
  openId = id;
  renderInvites();
}

/** Have no banner for invites that match, since a view offers them itself; `changed()` is called when there may be others. */
export function takeInvites(matches = () => false, changed = () => {}) {
  taken = { matches, changed };
  renderInvites();
}

/** The first invite that a view has taken. */
export const takenInvite = () => [...invites.values()].find(taken.matches);

/** Load the invites again: when one expires, or is answered on another device, no message comes here. */
export async function refreshInvites() {
  const path = "api/v1/challenges/challenges/?is_pending_invite_for_user=true";
  const before = changes;
  const page = await callApi("GET", path).catch(() => null);
  await noFingerDown();
  if (!page || !stream) return;
  if (changes !== before) return refreshInvites();
  change(() => {
    invites.clear();
    for (const invite of page.results.reverse()) invites.set(invite.id, invite);
  });
}

/** Drop the invite to this duel, if there is one: it was answered, whether by its banner or not. */
export function forgetInvite(id) {
  if (invites.has(id)) change(() => invites.delete(id));
}

function change(action) {
  changes++;
  action();
  renderInvites();
}

function receive({ type, payload }) {
  change(() => {
    if (type === "new_challenge_invite") invited(payload);
    if (type === "challenge_cancelled_notification") invites.delete(payload.challenge_id);
  });
  if (type in TOASTS) tell(type, payload);
  onChange();
}

function invited(invite) {
  invites.set(invite.id, invite);
  if (invite.id !== openId && !isPlaying()) alertUser("invite", text("challenges_you", { name: shownName(invite.challenger) }), invite.id);
}

async function tell(type, { challenge_id: id, ...payload }) {
  const isAccepted = type === "challenge_accepted_notification";
  if (id === openId && !isAccepted) return;
  const followed = stream;
  const name = await nameIn(id, payload[TOASTS[type]]);
  if (stream !== followed) return; // it is no longer this user's page
  const message = text(TOASTS[type], { name });
  if (isAccepted) alertUser("match", message, id);
  if (id !== openId) showToast(message, isAccepted && `#challenge-${id}`);
}

/** Return the shown name of a participant: a notification has only the username. */
async function nameIn(challengeId, username) {
  const duel = await callApi("GET", challengePath(challengeId)).catch(() => null);
  const person = [duel?.challenger, duel?.opponent].find((participant) => participant?.username === username);
  return shownName(person ?? { username });
}

/** What changed before the stream was open, while the lists were loaded, brought no message. */
function statusChanged(status) {
  if (status !== "open") return;
  refreshInvites();
  onChange();
}

function renderInvites() {
  const shown = [...invites.values()].filter((invite) => invite.id !== openId && !taken.matches(invite));
  titleInvites(shown.length);
  renderInto($("invites"), shown.map(({ id }) => id), () => shown.map(banner));
  // Instead of the invites during a duel: a tap on "Accept" would leave it while its clock runs.
  setText($("held-invites"), shown.length ? counted("held_invites", shown.length) : "");
  taken.changed();
}

function banner({ id, challenger, challenge_type }) {
  const problem = el("p", { class: "problem", role: "alert" });
  const act = (action) => (event) =>
    runAction(event.currentTarget, problem, async () => {
      try {
        await withRetries(() => callApi("POST", challengePath(id, `${action}/`)));
      } catch (error) {
        // After a 400 the invite goes, too: it is over, or was answered, perhaps by a call whose answer was lost.
        if (!(error instanceof ApiError && error.status === 400)) throw error;
        if (action === "decline") showToast(error.message);
      }
      change(() => invites.delete(id));
      onChange();
      // Open the duel even if accepting was refused: its view shows what has become of it.
      if (action === "accept") location.hash = `challenge-${id}`;
    });
  const blockSender = (event) =>
    runAction(event.currentTarget, problem, async () => {
      await block(challenger.username);
      change(() => {
        for (const invite of [...invites.values()]) {
          if (invite.challenger.id === challenger.id) invites.delete(invite.id);
        }
      });
      onChange();
      showToast(text("has_blocked", { name: shownName(challenger) }));
    });
  const blockLabel = text("block_name", { name: shownName(challenger) });
  const type = typeName(challenge_type);
  const invitation = text("challenges_you", { name: shownName(challenger) });
  return el(
    "div",
    { class: "invite", role: "group", "aria-label": invitation, "data-invite": id },
    avatar(challenger, "theirs"),
    el("p", {}, el("strong", {}, invitation), " ", ownUsername(challenger), el("span", { class: "hint" }, type)),
    el(
      "div",
      { class: "row" },
      button(text("accept"), act("accept"), { class: "main", "data-action": "accept", "data-key": `accept-${id}` }),
      button(text("decline"), act("decline"), { "data-action": "decline", "data-key": `decline-${id}` }),
      button(text("block"), blockSender, { class: "quiet", "aria-label": blockLabel, "data-action": "block", "data-key": `block-${id}` }),
    ),
    problem,
  );
}
