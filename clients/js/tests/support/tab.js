/** One tab of a browser, as a thread: the module with real locks and a real BroadcastChannel. */
import { webcrypto } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parentPort, workerData, Worker } from "node:worker_threads";
import { connect } from "../../src/index.js";
import { Locks } from "./locks.js";

const HERE = fileURLToPath(import.meta.url);

export class Tab {
  #worker;
  topics = {};
  streams = 0;
  streamsOpened = 0;
  looks = 0;

  /**
   * A tab of a browser where this player is signed in; `paths` are followed from the start. What is
   * polled, a first look too, arrives `lookMs` after it was said.
   */
  constructor(player, locks, url, paths, { timings, lastEventId, lookMs = 0 } = {}) {
    this.#worker = new Worker(HERE, { workerData: { isTab: true } });
    const port = locks.serve(this.#worker);
    this.#worker.postMessage({ cookie: player.cookie, port, url, timings, lastEventId, lookMs }, [port]);
    this.#worker.on("message", ({ streams, address, path, looks, ...told }) => {
      if (looks) return void (this.looks = looks);
      if (address) this.streamed = address;
      if (streams > this.streams) this.streamsOpened += 1;
      if (streams !== undefined) this.streams = streams;
      else this.of(path)[told.message ? "messages" : "statuses"].push(told.message ?? told.status);
    });
    for (const path of paths) this.follow(path);
  }

  of(path) {
    return (this.topics[path] ??= { messages: [], statuses: [] });
  }

  follow(path) {
    this.of(path);
    this.#worker.postMessage({ follow: path });
  }

  leave(path) {
    this.#worker.postMessage({ leave: path });
  }

  cut(path) {
    this.#worker.postMessage({ cut: path });
  }

  /** Stand still, timers, messages and all, as a page that the browser has frozen. */
  freeze(milliseconds) {
    this.#worker.postMessage({ freeze: milliseconds });
  }

  /** The cookie is another person's from now on: tabs share it. */
  signIn({ cookie }) {
    this.#worker.postMessage({ signIn: cookie });
  }

  /** What a browser says to a page that it puts away or brings back: `freeze`, `resume`. */
  dispatch(event) {
    this.#worker.postMessage({ dispatch: event });
  }

  /** Go without a word. */
  async kill() {
    this.isKilled = true;
    this.streams = 0;
    await this.#worker.terminate();
  }
}

function live({ cookie, port, url, timings, lastEventId, lookMs }) {
  globalThis.window = Object.assign(new EventTarget(), { document: new EventTarget() });
  Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks(port) } });
  globalThis.crypto ??= webcrypto;
  const connections = new Map();
  let streams = 0;
  let looks = 0;

  async function fetchWithCookie(address, init) {
    const isStream = init.headers.Accept === "text/event-stream";
    if (isStream) {
      parentPort.postMessage({ streams: (streams += 1), address });
      init.signal.addEventListener("abort", () => parentPort.postMessage({ streams: (streams -= 1) }));
    }
    const response = await fetch(address, { ...init, headers: { ...init.headers, Cookie: cookie } });
    if (isStream) return response;
    const { status, headers } = response;
    const said = await response.text();
    parentPort.postMessage({ looks: (looks += 1) });
    await wait(lookMs);
    return new Response(said, { status, headers });
  }

  parentPort.on("message", ({ follow, leave, cut, freeze, dispatch, signIn }) => {
    if (signIn) cookie = signIn;
    if (dispatch) globalThis.window.document.dispatchEvent(new Event(dispatch));
    if (freeze) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, freeze);
    if (cut) connections.get(cut).cut();
    if (leave) connections.get(leave).close();
    if (follow) {
      const options = {
        fetch: fetchWithCookie,
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

if (workerData?.isTab) parentPort.once("message", live);
