import assert from "node:assert/strict";
import { test } from "node:test";

import { actions, canGetReady, endedBy, isRivalAway, missedBy, nextOpen, outcome, reduce, answerState, viewOf } from "../../qader_sse/static/app/duel/duel-state.js";

const [SARA, FAHAD] = [{ id: 1, username: "sara" }, { id: 2, username: "fahad" }];

const attempt = (user, fields) => ({ id: user.id * 10, user, score: 0, is_ready: false, end_time: null, ...fields });

function challenge(fields) {
  return {
    id: 7,
    status: "accepted",
    challenger: SARA,
    opponent: FAHAD,
    winner: null,
    user_score: 0,
    opponent_score: 0,
    attempts: [attempt(SARA), attempt(FAHAD)],
    questions: [],
    ...fields,
  };
}

const question = (id) => ({ id, question_text: "؟", user_answer_details: null, opponent_answer_details: null });

const ongoing = () => challenge({ status: "ongoing", questions: [question(31), question(32)] });

const message = (type, payload) => ({ type, payload });

test("there is no duel before the first message with a whole challenge", () => {
  assert.equal(reduce(undefined, message("participant.update", attempt(SARA)), 1), undefined);
  assert.equal(reduce(undefined, message("answer.result", { user_id: 1, question_id: 31 }), 1), undefined);
});

test("a message with a whole challenge replaces the state", () => {
  for (const type of ["challenge.update", "challenge.start", "challenge.end"]) {
    const latest = challenge({ status: "completed" });
    assert.equal(reduce(ongoing(), message(type, latest), 1), latest);
  }
});

test("a participant's update changes that participant and the viewer's scores, and nothing else", () => {
  const before = ongoing();
  const after = reduce(before, message("participant.update", attempt(FAHAD, { score: 3 })), SARA.id);
  assert.deepEqual(after, { ...before, opponent_score: 3, attempts: [attempt(SARA), attempt(FAHAD, { score: 3 })] });
  assert.deepEqual(before, ongoing());
  assert.equal(reduce(before, message("participant.update", attempt(FAHAD, { score: 3 })), FAHAD.id).user_score, 3);
});

test("the viewer's own answer shows the choice, the opponent's only whether it was right", () => {
  const result = { user_id: FAHAD.id, question_id: 32, selected_answer: "C", is_correct: true, current_score: 1 };
  const [untouched, own] = reduce(ongoing(), message("answer.result", result), FAHAD.id).questions;
  assert.deepEqual(untouched, question(31));
  assert.deepEqual(own, { ...question(32), user_answer_details: { selected_choice: "C", is_correct: true } });
  const [, others] = reduce(ongoing(), message("answer.result", result), SARA.id).questions;
  assert.deepEqual(others, { ...question(32), opponent_answer_details: { selected_choice: null, is_correct: true } });
});

test("the other one is away only while the duel is to be played or is, and only if that is told", () => {
  const away = (status, isOnline) => isRivalAway(challenge({ status, attempts: [attempt(SARA), attempt(FAHAD, { is_online: isOnline })] }), SARA.id);
  assert.deepEqual(["accepted", "ongoing", "pending_invite", "completed", "cancelled"].map((status) => away(status, false)), [true, true, false, false, false]);
  assert.deepEqual([away("ongoing", true), away("ongoing", undefined)], [false, false]);
  assert.equal(isRivalAway(challenge({ status: "pending_matchmaking", attempts: [attempt(SARA)] }), SARA.id), false);
});

test("repeating a message does not change the state again", () => {
  const messages = [
    message("answer.result", { user_id: 1, question_id: 31, selected_answer: "A", is_correct: false, current_score: 0 }),
    message("participant.update", attempt(SARA)),
  ];
  const once = messages.reduce((state, message) => reduce(state, message, 1), ongoing());
  assert.deepEqual(messages.reduce((state, message) => reduce(state, message, 1), once), once);
});

test("an unknown message leaves the duel as it is", () => {
  const before = ongoing();
  assert.equal(reduce(before, message("error", { detail: "…" }), 1), before);
});

test("each status has its view", () => {
  const views = ["pending_invite", "pending_matchmaking", "accepted", "ongoing", "completed", "declined", "cancelled", "expired"].map(
    (status) => viewOf({ status }),
  );
  assert.deepEqual(views, ["waiting", "waiting", "waiting", "question", "result", "over", "over", "over"]);
});

test("looking at an accepted duel is being ready, unless the other one was ready and has gone", () => {
  const seats = (mine, theirs) => challenge({ status: "accepted", attempts: [attempt(SARA, mine), attempt(FAHAD, theirs)] });
  assert.equal(canGetReady(seats({}, {}), SARA.id), true);
  assert.equal(canGetReady(seats({}, { is_online: false }), SARA.id), true);
  assert.equal(canGetReady(seats({}, { is_ready: true, is_online: true }), SARA.id), true);
  assert.equal(canGetReady(seats({}, { is_ready: true, is_online: false }), SARA.id), false);
  assert.equal(canGetReady(seats({ is_ready: true }, {}), SARA.id), false);
  for (const status of ["pending_invite", "ongoing", "completed", "cancelled"])
    assert.equal(canGetReady(challenge({ status }), SARA.id), false);
});

test("each status and role has its actions", () => {
  const invite = challenge({ status: "pending_invite" });
  assert.deepEqual(actions(invite, SARA.id), ["cancel"]);
  assert.deepEqual(actions(invite, FAHAD.id), ["accept", "decline"]);
  assert.deepEqual(actions(challenge({ status: "accepted" }), SARA.id), ["leave"]);
  assert.deepEqual(actions(challenge({ status: "pending_matchmaking", attempts: [attempt(SARA)] }), SARA.id), ["cancel"]);
  assert.deepEqual(actions(challenge({ status: "completed" }), SARA.id), ["rematch"]);
  assert.deepEqual(actions(challenge({ status: "ongoing" }), SARA.id), []);
  assert.deepEqual(actions(challenge({ status: "expired" }), SARA.id), []);
});

test("who did not get ready for a match is told from both sides", () => {
  const attempts = [attempt(SARA, { is_ready: true }), attempt(FAHAD)];
  const missed = challenge({ status: "expired", is_match: true, attempts });
  assert.equal(missedBy(missed, SARA.id), "they_missed_it");
  assert.equal(missedBy(missed, FAHAD.id), "i_missed_it");
  assert.equal(missedBy({ ...missed, is_match: false }, SARA.id), null);
  assert.equal(missedBy({ ...missed, status: "cancelled" }, FAHAD.id), null);
});

test("the outcome is seen from the viewer's side", () => {
  assert.equal(outcome({ winner: null, user_is_winner: null }), "draw");
  assert.equal(outcome({ winner: SARA, user_is_winner: true }), "won");
  assert.equal(outcome({ winner: SARA, user_is_winner: false }), "lost");
});

test("how a duel ended is told, and who has left it", () => {
  assert.equal(endedBy({ end_reason: "answered", user_is_winner: true }), "answered");
  assert.equal(endedBy({ end_reason: null, user_is_winner: true }), null); // it ended before reasons were kept
  assert.equal(endedBy({ end_reason: "time", user_is_winner: null }), "time");
  assert.equal(endedBy({ end_reason: "left", user_is_winner: true }), "they_left");
  assert.equal(endedBy({ end_reason: "left", user_is_winner: false }), "i_left");
});

test("an answer is being sent until the service says right or wrong", () => {
  assert.equal(answerState(null), "open");
  assert.equal(answerState(null, true), "sending");
  assert.equal(answerState({ is_correct: true }, true), "right");
  assert.equal(answerState({ is_correct: false }), "wrong");
});

test("the search for the next open question continues from the beginning, and may end at the same one", () => {
  assert.equal(nextOpen(["open", "right", "open"], 1), 2);
  assert.equal(nextOpen(["open", "right", "wrong"], 2), 0);
  assert.equal(nextOpen(["right", "sending"], 0), undefined);
});
