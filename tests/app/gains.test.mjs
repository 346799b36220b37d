import assert from "node:assert/strict";
import { test } from "node:test";

import { averageSeconds, bySkill, secondsTaken } from "../../qader_sse/static/app/duel/gains.js";

const question = (skill, mine, theirs, seconds) => ({
  skill: skill && { name: skill },
  section: { name: "quantitative" },
  user_answer_details: mine === null ? null : { is_correct: mine, time_taken_seconds: seconds ?? null },
  opponent_answer_details: theirs === null ? null : { is_correct: theirs },
});

test("right answers are counted for each skill, in the order of its first question", () => {
  const questions = [question("ratio", true, false), question(null, false, true), question("ratio", null, true)];
  assert.deepEqual(bySkill(questions), [
    { name: "ratio", count: 2, mine: 1, theirs: 1 },
    { name: "quantitative", count: 1, mine: 0, theirs: 1 },
  ]);
});

test("the average is that of the times that were told", () => {
  const questions = [question("a", true, null, 10.2), question("a", true, null, 21), question("a", true, null), question("a", null, null)];
  assert.deepEqual(questions.map(secondsTaken), [10, 21, null, null]);
  assert.equal(averageSeconds(questions), 16);
  assert.equal(averageSeconds([question("a", null, null)]), null);
});
