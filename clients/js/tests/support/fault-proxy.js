/** A bad network between a client and the service: `cluster/fault_proxy`, started as a program. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BIN, ROOT } from "./service.js";

export class FaultProxy {
  #process;
  #answers;

  /** `cluster/fault_proxy/__main__.py` describes the faults and their options. */
  static async start(targetPort) {
    const proxy = new FaultProxy();
    await proxy.#start(targetPort);
    return proxy;
  }

  async #start(targetPort) {
    this.#process = spawn(join(BIN, "python"), ["-m", "cluster.fault_proxy", String(targetPort)], {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    const { port } = await this.#answer();
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Replace the fault; open connections are affected as well. */
  async set(name, options = {}) {
    await this.#command({ command: "set", name, ...options });
  }

  async pass() {
    await this.set("pass");
  }

  /** Reset every open connection, or with `only: "streams"` every event stream, once. */
  async reset(options = {}) {
    await this.#command({ command: "reset", ...options });
  }

  async openStreams() {
    return (await this.#command({ command: "state" })).open_streams;
  }

  /** Return how many connections each fault has affected. */
  async counts() {
    return (await this.#command({ command: "state" })).counts;
  }

  async stop() {
    const ended = once(this.#process, "exit");
    this.#process.stdin.end(); // the program ends with its input
    await ended;
  }

  #command(command) {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    return this.#answer();
  }

  // The proxy answers commands in their order; the iterator resolves its promises in their order.
  async #answer() {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("the proxy has ended; the reason is on its standard error");
    const state = JSON.parse(value);
    if (state.error) throw new Error(state.error);
    return state;
  }
}
