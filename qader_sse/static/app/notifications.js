// What comes to a person wherever they are on the page: invites, and how one's own were taken.

import { follow } from "./streams.js";
import { $, attempt, button, el, paint } from "./rendering.js";
import { call, challengePath, insist, Refused } from "./api.js";
import { text } from "./texts.js";
import { toast } from "./toast.js";
import { typeName } from "./challenge-types.js";

const NEWS = {
  challenge_accepted_notification: (p) => text("accepted_by", { name: p.accepted_by }),
  challenge_declined_notification: (p) => text("declined_by", { name: p.declined_by }),
  challenge_cancelled_notification: (p) => text("withdrawn_by", { name: p.cancelled_by }),
};

const invites = new Map(); // by the challenge's id
let stream, openId, changed;

/** Follow one's notifications; `whenChanged` is called when the list of duels may be another. */
export function followNews(whenChanged) {
  changed = whenChanged;
  stream = follow("sse/challenges/notifications/", { onMessage: receive, onStatus: statusChanged });
}

export function stopNews() {
  stream?.close();
  invites.clear();
  render();
}

/** The duel that is open shows its own invite. */
export function newsWithout(id) {
  openId = id;
  render();
}

/** Invites run out, or are answered on another device, without a message to oneself. */
export async function refreshInvites() {
  const path = "api/v1/challenges/challenges/?is_pending_invite_for_user=true";
  const page = await call("GET", path).catch(() => null);
  if (!page) return;
  invites.clear();
  for (const invite of page.results.reverse()) invites.set(invite.id, invite);
  render();
}

function receive({ type, payload }) {
  if (type === "new_challenge_invite") invites.set(payload.id, payload);
  if (type === "challenge_cancelled_notification") invites.delete(payload.challenge_id);
  if (type in NEWS && payload.challenge_id !== openId) {
    const isOn = type === "challenge_accepted_notification";
    toast(NEWS[type](payload), isOn && `#challenge-${payload.challenge_id}`);
  }
  render();
  changed();
}

function statusChanged(status) {
  if (status === "open") refreshInvites();
}

function render() {
  const shown = [...invites.values()].filter(({ id }) => id !== openId);
  paint($("invites"), shown.map(({ id }) => id), () => shown.map(banner));
}

function banner({ id, challenger, challenge_type }) {
  const problem = el("p", { class: "problem", role: "alert" });
  const act = (action) => (event) =>
    attempt(event.currentTarget, problem, async () => {
      try {
        await insist(() => call("POST", challengePath(id, `${action}/`)));
      } catch (error) {
        // Answered before, perhaps by a call whose own answer was lost; or withdrawn, or too late.
        if (!(error instanceof Refused && error.status === 400)) throw error;
        if (action === "decline") toast(error.message);
      }
      invites.delete(id);
      render();
      changed();
      // Whatever became of it: the duel itself tells.
      if (action === "accept") location.hash = `challenge-${id}`;
    });
  const type = typeName(challenge_type);
  const who = text("challenges_you", { name: challenger.username });
  return el(
    "div",
    { class: "invite", role: "group", "aria-label": who, "data-invite": id },
    el("p", {}, el("strong", {}, who), " ", el("span", { class: "hint" }, type)),
    el(
      "div",
      { class: "row" },
      button(text("accept"), act("accept"), { class: "main", "data-action": "accept", "data-key": `accept-${id}` }),
      button(text("decline"), act("decline"), { "data-action": "decline", "data-key": `decline-${id}` }),
    ),
    problem,
  );
}
