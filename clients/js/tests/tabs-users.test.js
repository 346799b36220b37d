import assert from "node:assert/strict";
import { test } from "node:test";
import { LockManager } from "./support/locks.js";
import { Player, play } from "./support/players.js";
import { Tab } from "./support/tab.js";
import {
  assertTabComplete, fahad, isOpen, locks, NOTIFICATIONS, openTab, pathOf, proxy, sara, service, setUpTabs, tabs, untilOpen,
} from "./support/tabs.js";
import { until } from "./support/until.js";

setUpTabs();

test("signing out closes the connections of every tab", async () => {
  const leaver = await Player.register(service, "leaver");
  const own = new LockManager();
  for (let count = 0; count < 3; count += 1) tabs.push(new Tab(leaver, own, proxy.url, [NOTIFICATIONS]));
  for (const tab of tabs) await untilOpen(tab, NOTIFICATIONS);
  await leaver.post("/api/v1/auth/logout/");
  for (const tab of tabs) {
    await until(() => tab.log(NOTIFICATIONS).statuses.at(-1).reason === "signed_out", "the end");
  }
});

test("tabs of two users who sign in one after the other do not share a stream", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const hers = openTab([path, NOTIFICATIONS]);
  for (const each of [path, NOTIFICATIONS]) await untilOpen(hers, each);
  hers.signIn(fahad); // in another tab, while her own session is still valid
  const his = new Tab(fahad, locks, proxy.url, [path, NOTIFICATIONS]);
  tabs.push(his);
  for (const each of [path, NOTIFICATIONS]) await untilOpen(his, each);
  await play(sara, fahad, {}, created);
  const invite = await sara.challenge(fahad);
  await assertTabComplete(his, path, fahad);
  await assertTabComplete(hers, path, sara);
  await until(() => his.log(NOTIFICATIONS).messages.at(-1)?.payload.id === invite.id, "the invite");
  assert.deepEqual(hers.log(NOTIFICATIONS).messages.map(({ type }) => type), ["challenge_accepted_notification"]);

  await proxy.reset({ only: "streams" });
  await until(() => hers.log(NOTIFICATIONS).statuses.at(-1).status === "closed", "the end of her streams");
  const { reason, http } = hers.log(NOTIFICATIONS).statuses.at(-1);
  assert.deepEqual([reason, http], ["signed_out", 401]);
  const next = await sara.challenge(fahad);
  await until(() => his.log(NOTIFICATIONS).messages.at(-1).payload.id === next.id, "his next invite");
  await until(async () => (await proxy.openStreams()) === 1, "one stream");
});

test("after a change of user, no tab receives the other user's messages", async () => {
  const first = openTab([NOTIFICATIONS]);
  const second = openTab([NOTIFICATIONS]);
  for (const tab of [first, second]) await untilOpen(tab, NOTIFICATIONS);
  await proxy.set("bad_gateway", { only: "streams" });
  await until(() => !isOpen(second, NOTIFICATIONS), "the loss");
  for (const tab of [first, second]) tab.signIn(fahad);
  await proxy.pass();
  for (const tab of [first, second]) {
    await until(() => tab.log(NOTIFICATIONS).statuses.at(-1).reason === "signed_out", "the end");
    assert.deepEqual(tab.log(NOTIFICATIONS).messages, []);
  }
});
