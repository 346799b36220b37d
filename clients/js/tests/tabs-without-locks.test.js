/** Tabs of a browser without Web Locks, as on plain HTTP, or that refuses them, or has no BroadcastChannel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { play } from "./support/players.js";
import {
  assertTabComplete, fahad, leader, livingTabs, NOTIFICATIONS, openTab, pathOf, proxy, sara, setUpTabs, tabs, untilOpen,
} from "./support/tabs.js";
import { until } from "./support/until.js";

setUpTabs({ withLocks: false });

async function openTabs(count, options) {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let opened = 0; opened < count; opened += 1) openTab([path, NOTIFICATIONS], options);
  for (const tab of tabs) for (const each of [path, NOTIFICATIONS]) await untilOpen(tab, each);
  return { created, path };
}

const untilOneStream = () => until(async () => (await proxy.openStreams()) === 1, "one stream");

test("eight tabs share one stream, and each receives every message", async () => {
  const { created, path } = await openTabs(8);
  await untilOneStream();
  await play(sara, fahad, {}, created);
  for (const tab of tabs) {
    await assertTabComplete(tab, path);
    assert.equal(tab.log(path).statuses.at(-1).via ?? "shared", "shared");
  }
});

test("when leaders are killed without a word, no message is lost or repeated, and another one leads within seconds", async () => {
  const { created, path } = await openTabs(4);
  let answers = 0;
  await play(sara, fahad, {
    async between() {
      if ((answers += 1) % 8 === 0) await (await until(leader, "a leader")).kill();
      await wait(30);
    },
  }, created);
  assert.equal(livingTabs().length, 2);
  for (const tab of livingTabs()) await assertTabComplete(tab, path);
  await untilOneStream();
});

test("a leader that is left hands over at once", async () => {
  const { created, path } = await openTabs(3);
  await untilOneStream();
  const left = leader();
  left.dispatch("pagehide");
  await until(() => livingTabs().some((tab) => tab !== left && tab.streams > 0), "its successor", 1500);
  await left.kill();
  await play(sara, fahad, {}, created);
  for (const tab of livingTabs()) await assertTabComplete(tab, path);
  await untilOneStream();
});

test("a frozen leader is replaced, and follows when it wakes", async () => {
  const { created, path } = await openTabs(3);
  await untilOneStream();
  const frozen = leader();
  frozen.freeze(9_000);
  await play(sara, fahad, {}, created);
  for (const tab of tabs) if (tab !== frozen) await assertTabComplete(tab, path);
  await until(() => frozen.log(path).messages.at(-1).type === "challenge.end", "the frozen tab", 20_000);
  await assertTabComplete(frozen, path);
  await until(() => tabs.filter((tab) => tab.streams > 0).length === 1, "one leader");
  await fahad.challenge(sara);
  for (const tab of tabs) {
    await until(() => tab.log(NOTIFICATIONS).messages.at(-1)?.type === "new_challenge_invite", "the invite");
    assert.equal(tab.log(NOTIFICATIONS).statuses.at(-1).status, "open");
  }
});

test("a follower that was frozen receives what it missed, and its topics are back on the stream", async () => {
  const timings = { rollCallMs: 300 };
  const { path, created } = await openTabs(1, { timings });
  const other = await sara.challenge(fahad, "speed_challenge_5min");
  const frozen = openTab([pathOf(other)], { timings });
  await untilOpen(frozen, pathOf(other));
  const isFollowed = () => tabs[0].streamAddress.includes(`challenges/${other.id}`);
  assert.ok(isFollowed());
  frozen.freeze(6_000);
  await until(() => !isFollowed(), "its topic to go");
  await fahad.act(other.id, "decline");
  await until(() => frozen.log(pathOf(other)).messages.at(-1).payload.status === "declined", "what it missed");
  await play(sara, fahad, {}, created);
  await assertTabComplete(tabs[0], path);
});

test("a topic leaves the stream with its last tab, whether that is left or killed", async () => {
  const timings = { rollCallMs: 300 };
  const created = await sara.challenge(fahad);
  const leading = openTab([pathOf(created)], { timings });
  await untilOpen(leading, pathOf(created));
  for (const end of [(tab) => tab.dispatch("pagehide"), (tab) => tab.kill()]) {
    const tab = openTab([NOTIFICATIONS], { timings });
    await untilOpen(tab, NOTIFICATIONS);
    assert.ok(leading.streamAddress.includes("notifications"));
    await end(tab);
    await until(() => !leading.streamAddress.includes("notifications"), "the topic to go");
  }
});

test("tabs share one stream where the browser has locks, but refuses them", async () => {
  const { created, path } = await openTabs(3, { lacks: "permission" });
  await untilOneStream();
  await play(sara, fahad, {}, created);
  for (const tab of tabs) await assertTabComplete(tab, path);
});

test("without a BroadcastChannel each tab opens one stream for all of its topics", async () => {
  const { created, path } = await openTabs(3, { lacks: "channel" });
  await until(async () => (await proxy.openStreams()) === 3, "three streams");
  const [left, ...others] = tabs;
  left.close(path);
  await until(() => !left.streamAddress.includes(path.slice(5, -1)), "the topic to go");
  await play(sara, fahad, {}, created);
  for (const tab of others) await assertTabComplete(tab, path);
});
