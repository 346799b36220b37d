/** One tab of a browser: a thread that runs the client with a real BroadcastChannel, and perhaps locks. */
import { webcrypto } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parentPort, workerData, Worker } from "node:worker_threads";
import { connect } from "../../src/index.js";
import { Locks } from "./locks.js";
import { TokenHolder } from "./tokens.js";

const HERE = fileURLToPath(import.meta.url);

export class Tab {
  #worker;
  topics = {};
  streams = 0;
  streamsOpened = 0;
  requests = 0; // answered ones, other than for streams
  hasLeaked = false; // whether a token was sent to other tabs

  /**
   * A tab of a browser where this player is signed in. It follows `paths` from the start. Answers
   * other than streams arrive `requestDelayMs` after the service has sent them. `locks` are null in
   * a browser without them. `lacks` is "permission" in a browser that refuses locks, "channel" in one
   * without BroadcastChannel, and "viewer" where a proxy removes `Viewer-Id`. A tab with `tokens` sends
   * these in place of the cookie; on the path `fixed` it has no callback.
   */
  constructor(player, locks, url, paths, { timings, lastEventId, requestDelayMs = 0, lacks, tokens, fixed } = {}) {
    this.#worker = new Worker(HERE, { workerData: { isTab: true } });
    const port = locks?.serve(this.#worker);
    const cookie = tokens ? null : player.cookie;
    const held = tokens && { url: tokens.url, access: tokens.access, refresh: tokens.refresh };
    const settings = { cookie, port, url, timings, lastEventId, requestDelayMs, lacks, held, fixed };
    this.#worker.postMessage(settings, port ? [port] : []);
    this.#worker.on("message", ({ streams, address, path, requests, message, status, hasLeaked }) => {
      if (hasLeaked) return void (this.hasLeaked = true);
      if (requests) return void (this.requests = requests);
      if (address) this.streamAddress = address;
      if (streams > this.streams) this.streamsOpened += 1;
      if (streams !== undefined) this.streams = streams;
      else if (message) this.log(path).messages.push(message);
      else this.log(path).statuses.push(status);
    });
    for (const path of paths) this.follow(path);
  }

  log(path) {
    return (this.topics[path] ??= { messages: [], statuses: [] });
  }

  follow(path) {
    this.log(path);
    this.#worker.postMessage({ follow: path });
  }

  close(path) {
    this.#worker.postMessage({ close: path });
  }

  cut(path) {
    this.#worker.postMessage({ cut: path });
  }

  /** Stop all timers and messages for a while, like a page that the browser has frozen. */
  freeze(milliseconds) {
    this.#worker.postMessage({ freeze: milliseconds });
  }

  /** Replace this tab's cookie, as happens to all tabs when another user signs in in one of them. */
  signIn({ cookie }) {
    this.#worker.postMessage({ signIn: cookie });
  }

  /** Fire an event with which a browser freezes a page, resumes it, or leaves it: `freeze`, `resume`, `pagehide`. */
  dispatch(event) {
    this.#worker.postMessage({ dispatch: event });
  }

  /** End the thread without closing its connections. */
  async kill() {
    this.isKilled = true;
    this.streams = 0;
    await this.#worker.terminate();
  }
}

const REFUSING_LOCKS = { request: async () => Promise.reject(new DOMException("Refused.", "SecurityError")) };

function runTab({ cookie, port, url, timings, lastEventId, requestDelayMs, lacks, held, fixed }) {
  globalThis.window = Object.assign(new EventTarget(), { document: new EventTarget() });
  Object.defineProperty(globalThis, "navigator", { value: port ? { locks: new Locks(port) } : {} });
  if (lacks === "permission") globalThis.navigator.locks = REFUSING_LOCKS;
  if (lacks === "channel") globalThis.BroadcastChannel = undefined;
  globalThis.location = new URL(url);
  globalThis.crypto ??= webcrypto;
  const holder = held && Object.assign(new TokenHolder(held.url), held);
  if (holder) watchForLeaks(holder);
  const connections = new Map();
  let streams = 0;
  let requests = 0;

  async function fetchWithCookie(address, init) {
    const isStream = init.headers.Accept === "text/event-stream";
    if (isStream) {
      parentPort.postMessage({ streams: (streams += 1), address });
      init.signal.addEventListener("abort", () => parentPort.postMessage({ streams: (streams -= 1) }));
    }
    const response = await fetch(address, { ...init, headers: { ...init.headers, ...(cookie && { Cookie: cookie }) } });
    if (isStream) return response;
    const { status } = response;
    const headers = new Headers(response.headers);
    if (lacks === "viewer") headers.delete("Viewer-Id");
    const body = await response.text();
    parentPort.postMessage({ requests: (requests += 1) });
    await wait(requestDelayMs);
    return new Response(body, { status, headers });
  }

  parentPort.on("message", ({ follow, close, cut, freeze, dispatch, signIn }) => {
    if (signIn) cookie = signIn;
    if (dispatch) {
      const target = dispatch === "pagehide" ? globalThis.window : globalThis.window.document;
      target.dispatchEvent(new Event(dispatch));
    }
    if (freeze) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, freeze);
    if (cut) connections.get(cut).cut();
    if (close) connections.get(close).close();
    if (follow) {
      const options = {
        fetch: fetchWithCookie,
        token: follow === fixed ? held.access : holder?.token,
        timings,
        lastEventId,
        onMessage: ({ type, payload }, { id, mode }) =>
          parentPort.postMessage({ path: follow, message: { id, type, payload, mode } }),
        onStatus: (status, details) =>
          parentPort.postMessage({ path: follow, status: { ...details, status, http: details.status } }),
      };
      connections.set(follow, connect(url + follow, options));
    }
  });
}

/** Report whatever this tab sends to others that has one of its tokens in it. */
function watchForLeaks(holder) {
  const { postMessage } = BroadcastChannel.prototype;
  BroadcastChannel.prototype.postMessage = function (data) {
    const sent = JSON.stringify(data);
    if ([holder.access, holder.refresh].some((token) => sent.includes(token))) parentPort.postMessage({ hasLeaked: true });
    postMessage.call(this, data);
  };
}

if (workerData?.isTab) parentPort.once("message", runTab);
