// The waiting room: from the invite, or the search, until both are ready.

import { $, button, bdi, el, paint, say } from "../rendering.js";
import { actions, mine, theirs } from "./duel-state.js";
import { avatar } from "../avatar.js";
import { text } from "../texts.js";
import { facts, typeName } from "../challenge-types.js";

const MAIN = ["ready", "accept"];

export function paintLoading() {
  say($("waiting-title"), text("loading"));
  say($("waiting-status"), "");
  for (const slot of ["facts", "players", "waiting-actions"]) paint($(slot), null, () => []);
}

export function paintWaiting(state, viewerId, act) {
  const [me, rival] = [mine(state, viewerId), theirs(state, viewerId)];
  say($("waiting-title"), typeName(state.challenge_type));
  paint($("facts"), state.challenge_config, () => facts(state.challenge_config));
  paint($("players"), [me, rival, state.status], () => [
    seat("mine", me, text(me.is_ready ? "ready" : "not_ready")),
    el("li", { class: "versus", "aria-hidden": "true" }),
    seat("theirs", rival, rivalState(state, rival, viewerId)),
  ]);
  say($("waiting-status"), sentence(state, me, rival, viewerId));
  const names = actions(state, viewerId);
  paint($("waiting-actions"), [state.id, state.status, names], () => names.map((name) => actionButton(name, state, act)));
}

function seat(side, attempt, words) {
  const name = attempt ? bdi(attempt.user.username) : text("somebody");
  return el(
    "li",
    { "data-player": side, "data-ready": String(Boolean(attempt?.is_ready)) },
    avatar(attempt?.user ?? { username: "?" }, side),
    el("strong", {}, name, side === "mine" && ` (${text("you")})`),
    el("span", { class: "seat-state" }, words),
  );
}

function rivalState(state, rival, viewerId) {
  if (!rival) return text("looking");
  if (rival.is_ready) return text("ready");
  const isInvited = state.status === "pending_invite" && state.challenger.id === viewerId;
  return text(isInvited ? "invited" : "not_ready");
}

function sentence({ status, challenger }, me, rival, viewerId) {
  const name = rival?.user.username;
  if (status === "pending_matchmaking") return text("waiting_for_anybody");
  if (status === "pending_invite")
    return challenger.id === viewerId ? text("waiting_for_accept", { name }) : text("challenges_you", { name });
  return me.is_ready ? text("waiting_for_ready", { name }) : text("waiting_for_both");
}

function actionButton(name, { status }, act) {
  const isSearch = status === "pending_matchmaking";
  const labels = { ready: "i_am_ready", cancel: isSearch ? "cancel_search" : "cancel_invite", accept: "accept", decline: "decline" };
  const attributes = { class: MAIN.includes(name) && "main", "data-action": name, "data-key": name };
  return button(text(labels[name]), act(name), attributes);
}
