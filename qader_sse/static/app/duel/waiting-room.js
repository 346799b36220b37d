// The waiting room: from an invite or a search until both players are ready.

import { avatar } from "../avatar.js";
import { facts, typeName } from "../challenge-types.js";
import { shownName } from "../names.js";
import { $, button, el, renderInto, setText } from "../rendering.js";
import { changePage } from "../steady.js";
import { text } from "../texts.js";
import { actions, isAway, isRivalAway, mine, theirs } from "./duel-state.js";
import { renderInviteLink } from "./invite-link.js";
import { renderSearch } from "./searching.js";
import { sideName } from "./side-name.js";

/** Empty the room until the first message comes. */
export function renderLoading() {
  setText($("waiting-title"), text("loading"));
  setText($("waiting-status"), "");
  renderInviteLink({});
  renderSearch({});
  for (const part of ["facts", "players", "waiting-actions"]) renderInto($(part), null, () => []);
}

/** `act(name)` returns the click handler of an action. Each line above the actions may move them. */
export const renderWaitingRoom = (...room) => changePage(() => render(...room));

function render(state, viewerId, act) {
  const [me, rival] = [mine(state, viewerId), theirs(state, viewerId)];
  setText($("waiting-title"), typeName(state.challenge_type));
  renderInto($("facts"), state.challenge_config, () => facts(state.challenge_config));
  renderInto($("players"), [me, rival, state.status], () => [
    seat("mine", me, readiness(state, me)),
    el("li", { class: "versus", "aria-hidden": "true" }),
    seat("theirs", rival, rivalState(state, rival, viewerId), isRivalAway(state, viewerId)),
  ]);
  setText($("waiting-status"), statusText(state, me, rival, viewerId));
  renderInviteLink(state);
  renderSearch(state);
  const names = actions(state, viewerId);
  renderInto($("waiting-actions"), [state.id, state.status, names], () => names.map((name) => actionButton(name, state, act)));
}

function seat(side, attempt, label, isGone = false) {
  const name = attempt ? sideName(attempt.user, side) : [text("somebody")];
  return el(
    "li",
    { "data-player": side, "data-ready": String(Boolean(attempt?.is_ready)), "data-away": isGone },
    avatar(attempt?.user ?? null, side),
    el("strong", {}, ...name),
    el("span", { class: "seat-state" }, label),
  );
}

function rivalState(state, rival, viewerId) {
  if (!rival) return text(state.status === "pending_invite" ? "invited" : "looking");
  if (isRivalAway(state, viewerId)) return text("away");
  const isInvited = state.status === "pending_invite" && state.challenger.id === viewerId;
  return isInvited ? text("invited") : readiness(state, rival);
}

/** Whether somebody is ready. Before both have agreed to play, only a rematch has somebody who is. */
function readiness({ status }, { is_ready }) {
  if (!is_ready && status !== "accepted") return "";
  return text(is_ready ? "ready" : "not_ready");
}

function statusText({ status, challenger }, me, rival, viewerId) {
  const name = rival && shownName(rival.user);
  if (status === "pending_matchmaking") return text("waiting_for_anybody");
  if (status === "pending_invite" && !rival) return text("waiting_for_link");
  if (status === "pending_invite")
    return challenger.id === viewerId ? text("waiting_for_accept", { name }) : text("challenges_you", { name });
  if (isAway(rival)) return text("waiting_for_return", { name });
  return me.is_ready ? text("waiting_for_ready", { name }) : text("waiting_for_both");
}

function actionButton(name, { id, status }, act) {
  const isSearch = status === "pending_matchmaking";
  const labels = { cancel: isSearch ? "cancel_search" : "cancel_invite", accept: "accept", decline: "decline", leave: "leave" };
  const attributes = { class: name === "accept" ? "main" : name === "leave" && "quiet", "data-action": name, "data-key": `${name}-${id}` };
  return button(text(labels[name]), act(name), attributes);
}
