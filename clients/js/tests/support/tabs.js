/** Tabs of one browser, where sara is signed in, and between them and the service a bad network. */
import { LockManager } from "./locks.js";
import { assertComplete } from "./messages.js";
import { fahad, proxy, sara, service, setUp } from "./set-up.js";
import { Tab } from "./tab.js";
import { until } from "./until.js";

export const NOTIFICATIONS = "/sse/challenges/notifications/";
export const locks = new LockManager();
export const tabs = []; // of the current test
export { fahad, proxy, sara, service };
let hasLocks;

/** Start the service for a file's tests, whose browser has locks or none; after each test, close its tabs. */
export function setUpTabs({ withLocks = !process.env.WITHOUT_LOCKS, settings = {} } = {}) {
  hasLocks = withLocks;
  setUp({ HEARTBEAT_SECONDS: "1", ...settings }, () => Promise.all(tabs.splice(0).map((tab) => tab.kill())));
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
