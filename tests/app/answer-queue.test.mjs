import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, beforeEach, test } from "node:test";

import { Outbox } from "../../qader_sse/static/app/duel/answer-queue.js";

// A service that answers with these statuses in turn; 0 breaks the connection instead.
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
  if (!ok) throw Object.assign(new Error(String(status)), { isPassing: status === 0 || status >= 500 });
}

const shortly = () => new Promise((resolve) => setTimeout(resolve, 5));
const forLong = () => new Promise((resolve) => setTimeout(resolve, 60_000).unref());

function outbox({ pause = shortly, ...options } = {}) {
  const refusals = [];
  const refused = (error, id) => refusals.push([error.message, id]);
  return Object.assign(new Outbox({ send, pause, ...options }), { refused, refusals });
}

async function until(isSo) {
  for (let tries = 400; !isSo(); tries--) {
    assert.ok(tries > 0, "it did not happen within two seconds");
    await shortly();
  }
}

beforeEach(() => {
  statuses = [];
  bodies = [];
});

test("an answer is sent until the server has taken it", async () => {
  statuses = [0, 502, 503, 200];
  const box = outbox();
  box.put(31, { selected_answer: "B" });
  await until(() => bodies.length === 4 && !box.isHeldUp);
  assert.deepEqual(bodies, Array(4).fill({ questionId: 31, selected_answer: "B" }));
  assert.equal(box.choiceOf(31), "B");
  assert.deepEqual(box.refusals, []);
});

test("several go in their order, one at a time", async () => {
  statuses = [503];
  const box = outbox();
  box.put(31, { selected_answer: "A" });
  box.put(32, { selected_answer: "C" });
  await until(() => bodies.length === 3);
  assert.deepEqual(bodies.map(({ questionId }) => questionId), [31, 31, 32]);
});

test("a second answer to a question is not taken", async () => {
  const box = outbox();
  box.put(31, { selected_answer: "A" });
  box.put(31, { selected_answer: "B" });
  await until(() => bodies.length === 1);
  await shortly();
  assert.deepEqual(bodies, [{ questionId: 31, selected_answer: "A" }]);
});

test("a no is told, the question is open again, and the next answer goes on its way", async () => {
  statuses = [400];
  const box = outbox();
  box.put(31, { selected_answer: "A" });
  box.put(32, { selected_answer: "C" });
  await until(() => bodies.length === 2);
  assert.deepEqual(box.refusals, [["400", 31]]);
  assert.equal(box.choiceOf(31), undefined);
  assert.equal(box.choiceOf(32), "C");
});

test("a connection that is back ends the waiting", async () => {
  statuses = [0];
  const box = outbox({ pause: forLong });
  box.put(31, { selected_answer: "A" });
  await until(() => box.isHeldUp);
  box.hurry();
  await until(() => bodies.length === 2 && !box.isHeldUp);
});

test("once closed, nothing is sent any more", async () => {
  statuses = [0, 0, 0, 0];
  const box = outbox({ pause: forLong });
  box.put(31, { selected_answer: "A" });
  await until(() => box.isHeldUp);
  box.close();
  box.put(32, { selected_answer: "A" });
  await shortly();
  await shortly();
  assert.equal(bodies.length, 1);
});

test("what has not arrived is kept, and sent in the page's next life", async () => {
  statuses = [200, 0, 0, 0];
  let kept;
  const box = outbox({ pause: forLong, keep: (answers) => (kept = JSON.stringify(answers)) });
  box.put(31, { selected_answer: "A" });
  box.put(32, { selected_answer: "B" });
  await until(() => box.isHeldUp);
  assert.equal(kept, '[[32,{"selected_answer":"B"}]]');
  box.close();
  statuses = [200];
  const next = outbox({ kept: JSON.parse(kept), keep: (answers) => (kept = JSON.stringify(answers)) });
  assert.equal(next.choiceOf(32), "B");
  await until(() => kept === "[]");
  assert.deepEqual(bodies.at(-1), { questionId: 32, selected_answer: "B" });
});
