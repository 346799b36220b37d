/**
 * `navigator.locks` for Node, which lacks it before version 24. Tabs are threads here. As in a
 * browser, one manager outside of them serves all, and releases the locks of a thread that ends.
 */
import { MessageChannel } from "node:worker_threads";

export class LockManager {
  #queues = new Map(); // name → requests, of which the first holds the lock

  /** Serve a thread until it ends; return the port that the thread is to use. */
  serve(worker) {
    const { port1, port2 } = new MessageChannel();
    port1.on("message", ({ kind, id, name, steal }) => {
      if (kind === "request") this.#request({ port: port1, id, name, steal });
      else this.#drop(name, (request) => request.port === port1 && request.id === id);
    });
    port1.unref();
    worker.on("exit", () => {
      for (const name of this.#queues.keys()) this.#drop(name, (request) => request.port === port1);
      port1.close();
    });
    return port2;
  }

  #request(request) {
    const queue = this.#queues.get(request.name) ?? [];
    this.#queues.set(request.name, queue);
    if (request.steal) {
      const holder = queue.shift();
      holder?.port.postMessage({ kind: "stolen", id: holder.id });
      queue.unshift(request);
    } else queue.push(request);
    if (queue[0] === request) this.#grant(request);
  }

  #drop(name, matches) {
    const queue = this.#queues.get(name) ?? [];
    const [holder] = queue;
    const left = queue.filter((request) => !matches(request));
    this.#queues.set(name, left);
    if (left.length && left[0] !== holder) this.#grant(left[0]);
  }

  #grant({ port, id }) {
    port.postMessage({ kind: "granted", id });
  }
}

export class Locks {
  #port;
  #pending = new Map();
  #count = 0;

  constructor(port) {
    this.#port = port;
    port.on("message", ({ kind, id }) => this.#pending.get(id)?.[kind]());
  }

  async request(name, ...rest) {
    const [{ signal, steal }, callback] = rest.length > 1 ? rest : [{}, rest[0]];
    const id = (this.#count += 1);
    try {
      await new Promise((granted, reject) => {
        const stolen = () => reject(aborted());
        signal?.addEventListener("abort", stolen);
        if (signal?.aborted) stolen();
        this.#pending.set(id, { granted, stolen });
        this.#port.postMessage({ kind: "request", id, name, steal });
      });
      const stolen = new Promise((_, reject) => (this.#pending.get(id).stolen = () => reject(aborted())));
      return await Promise.race([callback({ name }), stolen]);
    } finally {
      this.#pending.delete(id);
      this.#port.postMessage({ kind: "release", id, name });
    }
  }
}

const aborted = () => new DOMException("The lock request was aborted.", "AbortError");
