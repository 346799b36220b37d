import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { play } from "./support/players.js";
import {
  assertTabComplete, fahad, leader, livingTabs, NOTIFICATIONS, openTab, pathOf, proxy, sara, setUpTabs, tabs, untilOpen,
} from "./support/tabs.js";
import { until } from "./support/until.js";

setUpTabs();

test("when one leader after the other is killed, no message is lost or repeated", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let count = 0; count < 5; count += 1) openTab([path]);
  for (const tab of tabs) await untilOpen(tab, path);
  let answers = 0;
  await play(sara, fahad, {
    async between() {
      answers += 1;
      if (answers % 5 === 0 && livingTabs().length > 1) await (await until(leader, "a leader")).kill();
      await wait(30);
    },
  }, created);
  assert.equal(livingTabs().length, 1);
  for (const tab of livingTabs()) await assertTabComplete(tab, path);
});

test("a frozen leader is replaced, and follows when it wakes", async () => {
  const timings = { staleMs: 2000 };
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let count = 0; count < 3; count += 1) openTab([path, NOTIFICATIONS], { timings });
  for (const tab of tabs) await untilOpen(tab, path);
  const frozen = leader();
  frozen.freeze(20_000);
  await play(sara, fahad, {}, created);
  for (const tab of tabs) if (tab !== frozen) await assertTabComplete(tab, path);
  await until(() => frozen.log(path).messages.at(-1).type === "challenge.end", "the frozen tab", 30_000);
  await assertTabComplete(frozen, path);
  await until(() => tabs.filter((tab) => tab.streams > 0).length === 1, "one leader");
  await Promise.all(tabs.filter((tab) => tab !== frozen).map((tab) => tab.kill()));
  await until(() => frozen.streams === 1, "it to lead again", 2000);
  await fahad.challenge(sara);
  await until(() => frozen.log(NOTIFICATIONS).messages.length === 1, "the invite");
});

test("a page that is frozen and resumed during its first request takes one snapshot", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  await proxy.set("half_open", { only: "streams" });
  const tab = openTab([path], { requestDelayMs: 800, timings: { firstByteMs: 3000 } });
  await until(() => tab.requests === 1, "its first request");
  await sara.act(created.id, "ready");
  for (const event of ["freeze", "resume"]) tab.dispatch(event);
  await until(() => tab.log(path).messages.length > 0, "the snapshot");
  await wait(1000);
  await proxy.pass();
  await play(sara, fahad, {}, created);
  await assertTabComplete(tab, path);
});

test("through repeated cuts, also by request, every tab receives everything", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let count = 0; count < 4; count += 1) openTab([path], { timings: { retryMs: 50, retryCapMs: 400 } });
  for (const tab of tabs) await untilOpen(tab, path);
  await proxy.set("cut", { bytes: 3000, only: "streams" });
  let answers = 0;
  await play(sara, fahad, {
    async between() {
      if ((answers += 1) % 4 === 0) tabs[answers % 3].cut(path);
      await wait(40);
    },
  }, created);
  await proxy.pass();
  for (const tab of tabs) await assertTabComplete(tab, path);
});

test("where a proxy buffers streams, the leader polls for all tabs", async () => {
  await proxy.set("buffer");
  const timings = { firstByteMs: 500, pollMs: 50, pollCapMs: 300 };
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let count = 0; count < 3; count += 1) openTab([path, NOTIFICATIONS], { timings });
  for (const tab of tabs) await untilOpen(tab, path);
  await play(sara, fahad, {}, created);
  for (const tab of tabs) {
    await assertTabComplete(tab, path);
    assert.equal(tab.log(path).statuses.at(-1).via, "polling");
  }
});

test("a tab that opens while the leader polls reports polling, for known and new topics", async () => {
  await proxy.set("buffer");
  const timings = { firstByteMs: 500, pollMs: 50, pollCapMs: 300 };
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const first = openTab([path], { timings });
  await untilOpen(first, path);
  const late = openTab([path, NOTIFICATIONS], { timings });
  for (const each of [path, NOTIFICATIONS]) {
    await untilOpen(late, each);
    assert.equal(late.log(each).statuses.at(-1).via, "polling");
  }
});
