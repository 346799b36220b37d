/** Tabs of one browser, where sara is signed in, and between them and the service a bad network. */
import { after, afterEach, before, beforeEach } from "node:test";
import { FaultProxy } from "./fault-proxy.js";
import { LockManager } from "./locks.js";
import { assertComplete } from "./messages.js";
import { Player } from "./players.js";
import { Service } from "./service.js";
import { Tab } from "./tab.js";
import { until } from "./until.js";

export const NOTIFICATIONS = "/sse/challenges/notifications/";
export const locks = new LockManager();
export const tabs = []; // of the current test
export let service, proxy, sara, fahad;
let hasLocks;

/** Start the service for a file's tests, whose browser has locks or none; after each test, close its tabs. */
export function setUpTabs({ withLocks = !process.env.WITHOUT_LOCKS, settings = {} } = {}) {
  hasLocks = withLocks;
  before(async () => {
    service = await Service.start({ HEARTBEAT_SECONDS: "1", RETRY_SECONDS: "0.2", ...settings });
    proxy = await FaultProxy.start(service.port);
  });
  // One invite of a type can wait between two people, so each test has people of its own.
  beforeEach(async () => {
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
}

export const pathOf = ({ id }) => `/sse/challenges/${id}/`;
export const livingTabs = () => tabs.filter((tab) => !tab.isKilled);
export const leader = () => livingTabs().find((tab) => tab.streams > 0);

export function openTab(paths, options) {
  const tab = new Tab(sara, hasLocks ? locks : null, proxy.url, paths, options);
  tabs.push(tab);
  return tab;
}

export const isOpen = (tab, path) => tab.log(path).statuses.at(-1)?.status === "open";
export const untilOpen = (tab, path) =>
  until(() => isOpen(tab, path), () => `${path}: ${JSON.stringify(tab.log(path).statuses)}`);

/** Create a challenge, and open the first tab on it, which therefore leads. */
export async function openLeadingTab() {
  const created = await sara.challenge(fahad);
  const path = pathOf(created);
  const first = openTab([path]);
  await untilOpen(first, path);
  return { created, path, first };
}

export const assertTabComplete = (tab, path, player = sara) => assertComplete(tab.log(path), player, path.slice(5, -1));
