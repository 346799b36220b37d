import assert from "node:assert/strict";
import { test } from "node:test";
import { play } from "./support/players.js";
import { Tab } from "./support/tab.js";
import {
  assertTabComplete, fahad, locks, NOTIFICATIONS, openTab, pathOf, proxy, sara, setUpTabs, tabs, untilOpen,
} from "./support/tabs.js";
import { TokenHolder } from "./support/tokens.js";
import { until } from "./support/until.js";

setUpTabs({ settings: { ACCESS_TOKEN_SECONDS: "3" } });

const lastStatus = (tab, path) => tab.log(path).statuses.at(-1);
const untilClosed = (tab, path) =>
  until(() => lastStatus(tab, path)?.status === "closed", () => `the end: ${JSON.stringify(tab.log(path).statuses)}`);

async function openTabWithTokens(paths, options = {}) {
  const tokens = await TokenHolder.signIn(sara);
  const tab = openTab(paths, { tokens, ...options });
  for (const path of paths) await untilOpen(tab, path);
  return { tab, tokens };
}

test("tabs with different tokens of one user share a stream, which goes on with the leader's next token", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const [first, second] = [await openTabWithTokens([path, NOTIFICATIONS]), await openTabWithTokens([path])];
  assert.equal(await proxy.openStreams(), 1);
  assert.ok(first.tab.streams === 1 && second.tab.streams === 0);
  await fahad.act(created.id, "accept");
  await first.tokens.untilRunOut();
  await proxy.reset({ only: "streams" });
  await play(sara, fahad, { isAccepted: true }, created);
  for (const { tab } of [first, second]) await assertTabComplete(tab, path);
  assert.deepEqual(first.tab.log(NOTIFICATIONS).messages.map(({ type }) => type), ["challenge_accepted_notification"]);
  assert.ok(tabs.every((tab) => tab.topics[path].statuses.every(({ http }) => http !== 401)));
  assert.ok(!first.tab.hasLeaked && !second.tab.hasLeaked);
});

test("when the session of the leader ends, the tabs of other sessions go on", async () => {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const [first, second] = [await openTabWithTokens([path]), await openTabWithTokens([path])];
  assert.ok(first.tab.streams === 1 && second.tab.streams === 0);
  await fahad.act(created.id, "accept");
  await first.tokens.token({ refused: first.tokens.access });
  await first.tokens.signOut();
  await untilClosed(first.tab, path);
  const { reason, http } = lastStatus(first.tab, path);
  assert.deepEqual([reason, http], ["signed_out", 401]);
  await until(() => second.tab.streams === 1, () => "a stream of the other tab");
  await play(sara, fahad, { isAccepted: true }, created);
  await assertTabComplete(second.tab, path);
});

test("a connection of the leading tab whose token has ended does not end the others of that tab", async () => {
  const [created, other] = [await sara.challenge(fahad), await sara.challenge(fahad, "speed_challenge_5min")];
  const [path, fixed] = [pathOf(created), pathOf(other)];
  const tokens = await TokenHolder.signIn(sara);
  const tab = openTab([fixed], { tokens, fixed });
  await untilOpen(tab, fixed);
  tab.follow(path);
  await untilOpen(tab, path);
  await tokens.untilRunOut();
  await proxy.reset({ only: "streams" });
  await untilClosed(tab, fixed);
  assert.equal(lastStatus(tab, fixed).http, 401);
  await untilOpen(tab, path); // by the other connection's token
  await play(sara, fahad, {}, created);
  await assertTabComplete(tab, path);
});

test("tabs of two users do not share, even where nothing tells whose their tokens are", async () => {
  const [hers, his] = await Promise.all(
    [sara, fahad].map(async (player) => {
      const tokens = await TokenHolder.signIn(player);
      const tab = new Tab(player, locks, proxy.url, [NOTIFICATIONS], { tokens, lacks: "viewer" });
      tabs.push(tab);
      await untilOpen(tab, NOTIFICATIONS);
      return tab;
    }),
  );
  assert.equal(await proxy.openStreams(), 2);
  const { id } = await sara.challenge(fahad, "medium_verbal_15");
  await until(() => his.log(NOTIFICATIONS).messages.at(-1)?.payload.id === id, "his invite");
  await sara.act(id, "cancel");
  await until(() => his.log(NOTIFICATIONS).messages.length === 2, "the end of it");
  assert.deepEqual(hers.log(NOTIFICATIONS).messages, []);
});
