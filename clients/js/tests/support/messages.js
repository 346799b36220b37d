/** What the tests compare: the messages that a connection received, and those of the event log. */
import assert from "node:assert/strict";
import { until } from "./until.js";

export const withoutMode = ({ id, type, payload }) => ({ id, type, payload });

/** Wait for the end of a duel; assert that a snapshot came first, then each later message once and in order. */
export async function assertComplete({ messages, statuses }, player, topic) {
  const isOver = () => messages.at(-1)?.type === "challenge.end";
  await until(isOver, () => `the end: ${JSON.stringify([messages.length, statuses.slice(-5)])}`);
  const [first, ...rest] = messages;
  assert.equal(first.mode, "snapshot");
  assert.deepEqual(rest.map(withoutMode), await player.events(topic, first.id));
}
