import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { LockManager } from "./support/locks.js";
import { FaultProxy } from "./support/fault-proxy.js";
import { Player, play } from "./support/players.js";
import { Service } from "./support/service.js";
import { Tab } from "./support/tab.js";
import { until } from "./support/until.js";

const NOTIFICATIONS = "/sse/challenges/notifications/";
let service, proxy, sara, fahad;
const locks = new LockManager();
const tabs = [];

before(async () => {
  service = await Service.start({ HEARTBEAT_SECONDS: "1", RETRY_SECONDS: "0.2" });
  proxy = await FaultProxy.start(service.port);
  sara = await Player.register(service, "sara");
  fahad = await Player.register(service, "fahad");
});
afterEach(async () => {
  await proxy.pass();
  await Promise.all(tabs.splice(0).map((tab) => tab.kill()));
});
after(async () => {
  await proxy.stop();
  await service.stop();
});

const bare = ({ id, type, payload }) => ({ id, type, payload });
const pathOf = ({ id }) => `/sse/challenges/${id}/`;
const alive = () => tabs.filter((tab) => !tab.isKilled);
const leader = () => alive().find((tab) => tab.streams > 0);

function openTab(paths, options) {
  const tab = new Tab(sara, locks, proxy.url, paths, options);
  tabs.push(tab);
  return tab;
}

const isOpen = (tab, path) => tab.of(path).statuses.at(-1)?.status === "open";
const untilOpen = (tab, path) => until(() => isOpen(tab, path), () => `${path}: ${JSON.stringify(tab.of(path).statuses)}`);

/** A challenge, and the tab that leads with it. */
async function followed() {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const first = openTab([path]);
  await untilOpen(first, path);
  return { created, path, first };
}

async function assertWhole(tab, path, player = sara) {
  const { messages, statuses } = tab.of(path);
  await until(() => messages.at(-1)?.type === "challenge.end", () => `the end: ${JSON.stringify([messages.length, statuses.slice(-3)])}`);
  const [first, ...rest] = messages;
  assert.equal(first.mode, "snapshot");
  assert.deepEqual(rest.map(bare), await player.events(path.slice(5, -1), first.id));
}

test("six tabs have one stream, and each sees every message", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let count = 0; count < 6; count += 1) openTab([path, NOTIFICATIONS]);
  for (const tab of tabs) for (const each of [path, NOTIFICATIONS]) await untilOpen(tab, each);
  await play(sara, fahad, {}, created);
  for (const tab of tabs) await assertWhole(tab, path);
  const invite = await fahad.challenge(sara);
  for (const tab of tabs) {
    await until(() => tab.of(NOTIFICATIONS).messages.at(-1)?.payload.id === invite.id, "the invite");
    assert.equal(tab.of(NOTIFICATIONS).messages.at(-1).type, "new_challenge_invite");
    assert.equal(tab.of(path).statuses.at(-1).via, "shared");
  }
  assert.equal(await proxy.openStreams(), 1);
});

test("leaders are killed one after the other in a duel: nothing is lost or doubled", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let count = 0; count < 5; count += 1) openTab([path]);
  for (const tab of tabs) await untilOpen(tab, path);
  let answers = 0;
  await play(sara, fahad, {
    async between() {
      answers += 1;
      if (answers % 5 === 0 && alive().length > 1) await (await until(leader, "a leader")).kill();
      await wait(30);
    },
  }, created);
  assert.equal(alive().length, 1);
  for (const tab of alive()) await assertWhole(tab, path);
});

test("a tab that comes late has the whole, and leaving tabs take their topics along", async () => {
  const { created, path, first } = await followed();
  await fahad.act(created.id, "accept");
  await until(() => first.of(path).messages.length === 2, "the message");
  const late = openTab([path, NOTIFICATIONS]);
  await untilOpen(late, path);
  await play(sara, fahad, { isAccepted: true }, created);
  for (const tab of tabs) await assertWhole(tab, path);
  first.leave(path);
  await until(() => late.streams === 1 && first.streams === 0, "the other tab to lead");
  late.leave(path);
  await fahad.challenge(sara);
  await until(() => late.of(NOTIFICATIONS).messages.length === 1, "the invite");
});

test("what happens while a tab looks comes from the leader's memory, without another stream", async () => {
  const { created, path, first } = await followed();
  const late = openTab([path], { lookMs: 500 });
  await until(() => late.looks === 1, "its look");
  await fahad.act(created.id, "accept");
  await until(() => late.of(path).messages.length === 2, "what it missed");
  assert.deepEqual(bare(late.of(path).messages[1]), bare(first.of(path).messages[1]));
  await untilOpen(late, path);
  assert.equal(first.streamsOpened, 1);
});

test("a tab that is further behind than the leader remembers has it all, and nobody anything twice", async () => {
  const created = await sara.challenge(fahad, "comprehensive_20");
  const path = pathOf(created);
  let tabs = [];
  let answers = 0;
  await play(sara, fahad, {
    async between() {
      if ((answers += 1) !== 35) return; // more than a page has been said
      tabs = [openTab([path])];
      await untilOpen(tabs[0], path);
      tabs.push(openTab([path], { lastEventId: 0 }));
      await untilOpen(tabs[1], path);
    },
  }, created);
  const [first, late] = tabs;
  await assertWhole(first, path);
  const events = await sara.events(`challenges/${created.id}`);
  await until(() => late.of(path).messages.length >= events.length, "all of it");
  assert.deepEqual(late.of(path).messages.map(bare), events);
});

test("a tab whose place is beyond the end of the log begins anew", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const leading = openTab([path, NOTIFICATIONS]);
  for (const each of [path, NOTIFICATIONS]) await untilOpen(leading, each);
  const tab = openTab([path, NOTIFICATIONS], { lastEventId: 1000 });
  for (const each of [path, NOTIFICATIONS]) await untilOpen(tab, each);
  await play(sara, fahad, {}, created);
  await assertWhole(tab, path);
  const invite = await fahad.challenge(sara);
  await until(() => tab.of(NOTIFICATIONS).messages.at(-1)?.payload.id === invite.id, "the invite");
});

test("that other tabs come and go with other topics is told to nobody as a loss", async () => {
  const { created, path, first } = await followed();
  const told = first.of(path).statuses.length;
  const other = openTab([NOTIFICATIONS]);
  await untilOpen(other, NOTIFICATIONS);
  other.leave(NOTIFICATIONS);
  await until(() => !first.streamed.includes("notifications"), "the topic to go");
  await fahad.act(created.id, "accept");
  await until(() => first.of(path).messages.length === 2, "the message");
  assert.deepEqual(first.of(path).statuses.slice(told), []);
});

test("topics go with the tabs that followed them, whether they say so or not", async () => {
  const created = await sara.challenge(fahad);
  const leading = openTab([pathOf(created)]);
  await untilOpen(leading, pathOf(created));
  const streams = (topic) => leading.streamed.includes(topic);
  const polite = openTab([NOTIFICATIONS, pathOf(created)]);
  await untilOpen(polite, NOTIFICATIONS);
  polite.leave(NOTIFICATIONS);
  await until(() => !streams("notifications"), "the topic to go");
  const rude = openTab([NOTIFICATIONS]);
  await untilOpen(rude, NOTIFICATIONS);
  assert.ok(streams("notifications"));
  await rude.kill();
  await until(() => !streams("notifications"), "the topic to go again");
  assert.ok(streams(`challenges/${created.id}`));
});

test("a frozen leader is replaced, and does no harm when it wakes", async () => {
  const timings = { staleMs: 2000 };
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let count = 0; count < 3; count += 1) openTab([path, NOTIFICATIONS], { timings });
  for (const tab of tabs) await untilOpen(tab, path);
  const frozen = leader();
  frozen.freeze(20_000);
  await play(sara, fahad, {}, created);
  for (const tab of tabs) if (tab !== frozen) await assertWhole(tab, path);
  await until(() => frozen.of(path).messages.at(-1).type === "challenge.end", "the frozen tab", 30_000);
  await assertWhole(frozen, path);
  await until(() => tabs.filter((tab) => tab.streams > 0).length === 1, "one leader");
  await Promise.all(tabs.filter((tab) => tab !== frozen).map((tab) => tab.kill()));
  await until(() => frozen.streams === 1, "its turn to lead again", 2000);
  await fahad.challenge(sara);
  await until(() => frozen.of(NOTIFICATIONS).messages.length === 1, "the invite");
});

test("a page that is put away and brought back during its first look takes one snapshot", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  await proxy.set("half_open", { only: "streams" });
  const tab = openTab([path], { lookMs: 800, timings: { firstByteMs: 3000 } });
  await until(() => tab.looks === 1, "the first look");
  await sara.act(created.id, "ready");
  for (const event of ["freeze", "resume"]) tab.dispatch(event);
  await until(() => tab.of(path).messages.length > 0, "the snapshot");
  await wait(1000);
  await proxy.pass();
  await play(sara, fahad, {}, created);
  await assertWhole(tab, path);
});

test("cut again and again, and cut on demand, every tab has the whole", async () => {
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
  for (const tab of tabs) await assertWhole(tab, path);
});

test("where streams are held back the leader polls for all", async () => {
  await proxy.set("buffer");
  const timings = { firstByteMs: 500, pollMs: 50, pollCapMs: 300 };
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  for (let count = 0; count < 3; count += 1) openTab([path, NOTIFICATIONS], { timings });
  for (const tab of tabs) await untilOpen(tab, path);
  await play(sara, fahad, {}, created);
  for (const tab of tabs) {
    await assertWhole(tab, path);
    assert.equal(tab.of(path).statuses.at(-1).via, "polling");
  }
});

test("a tab that comes while the leader polls is told so, for topics old and new", async () => {
  await proxy.set("buffer");
  const timings = { firstByteMs: 500, pollMs: 50, pollCapMs: 300 };
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const first = openTab([path], { timings });
  await untilOpen(first, path);
  const late = openTab([path, NOTIFICATIONS], { timings });
  for (const each of [path, NOTIFICATIONS]) {
    await untilOpen(late, each);
    assert.equal(late.of(each).statuses.at(-1).via, "polling");
  }
});

test("more topics than a stream takes are spread over two", async () => {
  const challenges = [];
  for (let count = 0; count < 9; count += 1) challenges.push(await sara.challenge(await Player.register(service)));
  const paths = [...challenges.map(pathOf), NOTIFICATIONS];
  openTab(paths.slice(0, 5));
  openTab(paths);
  for (const path of paths) await untilOpen(tabs[1], path);
  for (const { id } of challenges) await sara.act(id, "cancel");
  for (const path of paths.slice(0, -1)) await until(() => tabs[1].of(path).messages.length === 2, path);
  assert.equal(await proxy.openStreams(), 2);
});

test("a topic that is refused closes alone", async () => {
  const theirs = await fahad.challenge(await Player.register(service));
  const ours = await sara.challenge(fahad);
  const tab = openTab([pathOf(ours)]);
  const other = openTab([pathOf(theirs)]);
  await until(() => other.of(pathOf(theirs)).statuses.at(-1)?.reason === "refused", "the refusal");
  assert.equal(other.of(pathOf(theirs)).statuses.at(-1).http, 404);
  await untilOpen(tab, pathOf(ours));
});

test("signing out closes every tab", async () => {
  const leaver = await Player.register(service, "leaver");
  const own = new LockManager();
  for (let count = 0; count < 3; count += 1) tabs.push(new Tab(leaver, own, proxy.url, [NOTIFICATIONS]));
  for (const tab of tabs) await untilOpen(tab, NOTIFICATIONS);
  await leaver.post("/api/v1/auth/logout/");
  for (const tab of tabs) {
    await until(() => tab.of(NOTIFICATIONS).statuses.at(-1).reason === "signed_out", "the end");
  }
});

test("tabs of two people who signed in one after the other have nothing to do with each other", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const hers = openTab([path, NOTIFICATIONS]);
  for (const each of [path, NOTIFICATIONS]) await untilOpen(hers, each);
  hers.signIn(fahad); // in another tab, while her session goes on
  const his = new Tab(fahad, locks, proxy.url, [path, NOTIFICATIONS]);
  tabs.push(his);
  for (const each of [path, NOTIFICATIONS]) await untilOpen(his, each);
  await play(sara, fahad, {}, created);
  const invite = await sara.challenge(fahad);
  await assertWhole(his, path, fahad);
  await assertWhole(hers, path, sara);
  await until(() => his.of(NOTIFICATIONS).messages.at(-1)?.payload.id === invite.id, "the invite");
  assert.deepEqual(hers.of(NOTIFICATIONS).messages.map(({ type }) => type), ["challenge_accepted_notification"]);

  await proxy.reset({ only: "streams" });
  await until(() => hers.of(NOTIFICATIONS).statuses.at(-1).status === "closed", "the end of her streams");
  const { reason, http } = hers.of(NOTIFICATIONS).statuses.at(-1);
  assert.deepEqual([reason, http], ["signed_out", 401]);
  const next = await sara.challenge(fahad);
  await until(() => his.of(NOTIFICATIONS).messages.at(-1).payload.id === next.id, "his next invite");
  await until(async () => (await proxy.openStreams()) === 1, "one stream");
});

test("no tab follows a leader into the stream of somebody else", async () => {
  const first = openTab([NOTIFICATIONS]);
  const second = openTab([NOTIFICATIONS]);
  for (const tab of [first, second]) await untilOpen(tab, NOTIFICATIONS);
  await proxy.set("bad_gateway", { only: "streams" });
  await until(() => !isOpen(second, NOTIFICATIONS), "the loss");
  for (const tab of [first, second]) tab.signIn(fahad);
  await proxy.pass();
  for (const tab of [first, second]) {
    await until(() => tab.of(NOTIFICATIONS).statuses.at(-1).reason === "signed_out", "the end");
    assert.deepEqual(tab.of(NOTIFICATIONS).messages, []);
  }
});
