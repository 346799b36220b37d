import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, beforeEach, test } from "node:test";

import { AnswerQueue } from "../../qader_sse/static/app/duel/answer-queue.js";

// A service that answers with these statuses, one after the other, and then with 200. Instead of an
// answer, 0 resets the connection.
let statuses, bodies;
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    bodies.push(JSON.parse(body));
    const status = statuses.shift() ?? 200;
    if (status === 0) return request.socket.destroy();
    response.writeHead(status).end();
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}/`;
after(() => server.close());

async function send(questionId, answer) {
  const options = { method: "POST", body: JSON.stringify({ questionId, ...answer }) };
  const { ok, status } = await fetch(address, options).catch(() => ({ ok: false, status: 0 }));
  if (!ok) throw Object.assign(new Error(String(status)), { isTemporary: status === 0 || status >= 500 });
}

const shortly = () => new Promise((resolve) => setTimeout(resolve, 5));
const forLong = () => new Promise((resolve) => setTimeout(resolve, 60_000).unref());

function newQueue({ retryDelay = shortly, ...options } = {}) {
  const refusals = [];
  const onRefused = (error, id) => refusals.push([error.message, id]);
  return Object.assign(new AnswerQueue({ send, retryDelay, ...options }), { onRefused, refusals });
}

async function until(isTrue) {
  for (let tries = 400; !isTrue(); tries--) {
    assert.ok(tries > 0, "it did not happen within two seconds");
    await shortly();
  }
}

beforeEach(() => {
  statuses = [];
  bodies = [];
});

test("an answer is retried until the server accepts it", async () => {
  statuses = [0, 502, 503, 200];
  const queue = newQueue();
  queue.add(31, { selected_answer: "B" });
  await until(() => bodies.length === 4 && !queue.isWaiting);
  assert.deepEqual(bodies, Array(4).fill({ questionId: 31, selected_answer: "B" }));
  assert.equal(queue.choiceOf(31), "B");
  assert.deepEqual(queue.refusals, []);
});

test("several answers are sent in order, one at a time", async () => {
  statuses = [503];
  const queue = newQueue();
  queue.add(31, { selected_answer: "A" });
  queue.add(32, { selected_answer: "C" });
  await until(() => bodies.length === 3);
  assert.deepEqual(bodies.map(({ questionId }) => questionId), [31, 31, 32]);
});

test("a second answer to the same question is ignored", async () => {
  const queue = newQueue();
  queue.add(31, { selected_answer: "A" });
  queue.add(31, { selected_answer: "B" });
  await until(() => bodies.length === 1);
  await shortly();
  assert.deepEqual(bodies, [{ questionId: 31, selected_answer: "A" }]);
});

test("after a refusal the question is open again, and the next answer is sent", async () => {
  statuses = [400];
  const queue = newQueue();
  queue.add(31, { selected_answer: "A" });
  queue.add(32, { selected_answer: "C" });
  await until(() => bodies.length === 2);
  assert.deepEqual(queue.refusals, [["400", 31]]);
  assert.equal(queue.choiceOf(31), undefined);
  assert.equal(queue.choiceOf(32), "C");
});

test("retryNow ends the delay before the next attempt", async () => {
  statuses = [0];
  const queue = newQueue({ retryDelay: forLong });
  queue.add(31, { selected_answer: "A" });
  await until(() => queue.isWaiting);
  queue.retryNow();
  await until(() => bodies.length === 2 && !queue.isWaiting);
});

test("a closed queue sends nothing", async () => {
  statuses = [0, 0, 0, 0];
  const queue = newQueue({ retryDelay: forLong });
  queue.add(31, { selected_answer: "A" });
  await until(() => queue.isWaiting);
  queue.close();
  queue.add(32, { selected_answer: "A" });
  await shortly();
  await shortly();
  assert.equal(bodies.length, 1);
});

test("undelivered answers are saved, and sent when the page is loaded again", async () => {
  statuses = [200, 0, 0, 0];
  let saved;
  const queue = newQueue({ retryDelay: forLong, save: (answers) => (saved = JSON.stringify(answers)) });
  queue.add(31, { selected_answer: "A" });
  queue.add(32, { selected_answer: "B" });
  await until(() => queue.isWaiting);
  assert.equal(saved, '[[32,{"selected_answer":"B"}]]');
  queue.close();
  statuses = [200];
  const next = newQueue({ saved: JSON.parse(saved), save: (answers) => (saved = JSON.stringify(answers)) });
  assert.equal(next.choiceOf(32), "B");
  await until(() => saved === "[]");
  assert.deepEqual(bodies.at(-1), { questionId: 32, selected_answer: "B" });
});
