import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutMode } from "./support/messages.js";
import { Player, play } from "./support/players.js";
import {
  assertTabComplete, fahad, NOTIFICATIONS, openLeadingTab, openTab, pathOf, proxy, sara, service, setUpTabs, tabs, untilOpen,
} from "./support/tabs.js";
import { until } from "./support/until.js";

setUpTabs();

test("six tabs share one stream, and each receives every message", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let count = 0; count < 6; count += 1) openTab([path, NOTIFICATIONS]);
  for (const tab of tabs) for (const each of [path, NOTIFICATIONS]) await untilOpen(tab, each);
  await play(sara, fahad, {}, created);
  for (const tab of tabs) await assertTabComplete(tab, path);
  const invite = await fahad.challenge(sara);
  for (const tab of tabs) {
    await until(() => tab.log(NOTIFICATIONS).messages.at(-1)?.payload.id === invite.id, "the invite");
    assert.equal(tab.log(NOTIFICATIONS).messages.at(-1).type, "new_challenge_invite");
    const { statuses } = tab.log(path);
    assert.deepEqual([statuses.at(-2).via, statuses.at(-1).reason], ["shared", "over"]);
  }
  assert.equal(await proxy.openStreams(), 1);
});

test("a tab that opens later receives everything, and closing connections takes their topics off the stream", async () => {
  const { created, path, first } = await openLeadingTab();
  await fahad.act(created.id, "accept");
  await until(() => first.log(path).messages.length === 2, "the message");
  const late = openTab([path, NOTIFICATIONS]);
  await untilOpen(late, path);
  await play(sara, fahad, { isAccepted: true }, created);
  for (const tab of tabs) await assertTabComplete(tab, path);
  first.close(path);
  await until(() => late.streams === 1 && first.streams === 0, "the other tab to lead");
  late.close(path);
  await fahad.challenge(sara);
  await until(() => late.log(NOTIFICATIONS).messages.length === 1, "the invite");
});

test("what happens during a tab's first request is replayed by the leader, without a new stream", async () => {
  const { created, path, first } = await openLeadingTab();
  const late = openTab([path], { requestDelayMs: 500 });
  await until(() => late.requests === 1, "its first request");
  await fahad.act(created.id, "accept");
  await until(() => late.log(path).messages.length === 2, "what it missed");
  assert.deepEqual(withoutMode(late.log(path).messages[1]), withoutMode(first.log(path).messages[1]));
  await untilOpen(late, path);
  assert.equal(first.streamsOpened, 1);
});

test("a tab further behind than the leader's recent messages receives everything, and no tab receives anything twice", async () => {
  const created = await sara.challenge(fahad, "comprehensive_20");
  const path = pathOf(created);
  let tabs = [];
  let answers = 0;
  await play(sara, fahad, {
    async between() {
      if ((answers += 1) !== 35) return; // the log has more than one page by now
      tabs = [openTab([path])];
      await untilOpen(tabs[0], path);
      tabs.push(openTab([path], { lastEventId: 0 }));
      await untilOpen(tabs[1], path);
    },
  }, created);
  const [first, late] = tabs;
  await assertTabComplete(first, path);
  const events = await sara.events(`challenges/${created.id}`);
  await until(() => late.log(path).messages.length >= events.length, "all messages");
  assert.deepEqual(late.log(path).messages.map(withoutMode), events);
});

test("a tab with a cursor beyond the end of the log begins with a snapshot", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const leading = openTab([path, NOTIFICATIONS]);
  for (const each of [path, NOTIFICATIONS]) await untilOpen(leading, each);
  const tab = openTab([path, NOTIFICATIONS], { lastEventId: 1000 });
  for (const each of [path, NOTIFICATIONS]) await untilOpen(tab, each);
  await play(sara, fahad, {}, created);
  await assertTabComplete(tab, path);
  const invite = await fahad.challenge(sara);
  await until(() => tab.log(NOTIFICATIONS).messages.at(-1)?.payload.id === invite.id, "the invite");
});

test("a change of the stream's topics is not reported as a loss", async () => {
  const { created, path, first } = await openLeadingTab();
  const count = first.log(path).statuses.length;
  const other = openTab([NOTIFICATIONS]);
  await untilOpen(other, NOTIFICATIONS);
  other.close(NOTIFICATIONS);
  await until(() => !first.streamAddress.includes("notifications"), "the topic to go");
  await fahad.act(created.id, "accept");
  await until(() => first.log(path).messages.length === 2, "the message");
  assert.deepEqual(first.log(path).statuses.slice(count), []);
});

test("a topic leaves the stream with its last tab, whether that unsubscribes or is killed", async () => {
  const created = await sara.challenge(fahad);
  const leading = openTab([pathOf(created)]);
  await untilOpen(leading, pathOf(created));
  const hasTopic = (topic) => leading.streamAddress.includes(topic);
  const closing = openTab([NOTIFICATIONS, pathOf(created)]);
  await untilOpen(closing, NOTIFICATIONS);
  closing.close(NOTIFICATIONS);
  await until(() => !hasTopic("notifications"), "the topic to go");
  const killed = openTab([NOTIFICATIONS]);
  await untilOpen(killed, NOTIFICATIONS);
  assert.ok(hasTopic("notifications"));
  await killed.kill();
  await until(() => !hasTopic("notifications"), "the topic to go again");
  assert.ok(hasTopic(`challenges/${created.id}`));
});

test("more topics than one stream allows are spread over two", async () => {
  const challenges = [];
  for (let count = 0; count < 9; count += 1) challenges.push(await sara.challenge(await Player.register(service)));
  const paths = [...challenges.map(pathOf), NOTIFICATIONS];
  openTab(paths.slice(0, 5));
  openTab(paths);
  for (const path of paths) await untilOpen(tabs[1], path);
  for (const { id } of challenges) await sara.act(id, "ready");
  for (const path of paths.slice(0, -1)) await until(() => tabs[1].log(path).messages.length === 2, path);
  assert.equal(await proxy.openStreams(), 2);
});

test("a refused topic closes without the others", async () => {
  const theirs = await fahad.challenge(await Player.register(service));
  const ours = await sara.challenge(fahad);
  const tab = openTab([pathOf(ours)]);
  const other = openTab([pathOf(theirs)]);
  await until(() => other.log(pathOf(theirs)).statuses.at(-1)?.reason === "refused", "the refusal");
  assert.equal(other.log(pathOf(theirs)).statuses.at(-1).http, 404);
  await untilOpen(tab, pathOf(ours));
});
