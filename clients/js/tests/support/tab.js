/** One tab of a browser, as a thread: the module with real locks and a real BroadcastChannel. */
import { webcrypto } from "node:crypto";
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

  /** A tab of a browser where this player is signed in; `paths` are followed from the start. */
  constructor(player, locks, url, paths, { timings, lastEventId } = {}) {
    this.#worker = new Worker(HERE, { workerData: { isTab: true } });
    const port = locks.serve(this.#worker);
    this.#worker.postMessage({ cookie: player.cookie, port, url, timings, lastEventId }, [port]);
    this.#worker.on("message", ({ streams, address, path, ...told }) => {
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

  /** Go without a word. */
  async kill() {
    this.isKilled = true;
    this.streams = 0;
    await this.#worker.terminate();
  }
}

function live({ cookie, port, url, timings, lastEventId }) {
  Object.defineProperty(globalThis, "navigator", { value: { locks: new Locks(port) } });
  globalThis.crypto ??= webcrypto;
  const connections = new Map();
  let streams = 0;

  async function fetchWithCookie(address, init) {
    const isStream = init.headers.Accept === "text/event-stream";
    if (isStream) {
      parentPort.postMessage({ streams: (streams += 1), address });
      init.signal.addEventListener("abort", () => parentPort.postMessage({ streams: (streams -= 1) }));
    }
    return fetch(address, { ...init, headers: { ...init.headers, Cookie: cookie } });
  }

  parentPort.on("message", ({ follow, leave, cut, freeze }) => {
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
