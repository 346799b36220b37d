/**
 * A TCP proxy that is a bad network. As a command, with a port where faults are chosen:
 *
 *     node chaos-proxy.js --target 8000 --listen 9000 --control 9001
 *     curl -d '{"fault": "cut", "only": "streams"}' http://127.0.0.1:9001/
 *     curl http://127.0.0.1:9001/        (what it does now, and how often it did)
 *
 * Faults, each in place of the one before:
 *     pass       forward
 *     cut        reset connections in the middle of a frame, after `bytes` (a random number up to it)
 *     bad        answer 502, and reset what is open
 *     captive    answer 200 with a page of HTML, and reset what is open
 *     half_open  take everything, forward nothing, close nothing
 *     buffer     hold what a stream says until the stream ends
 *     delay      forward each piece after `ms` at most
 *     refuse     reset every connection at once
 * `only: "streams"` leaves requests alone whose path does not begin with /sse/ (or /ar/sse/ …).
 * `chance` (0 to 1) is the share of connections that are concerned.
 */
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const IS_STREAM = /^GET (\/\w\w)?\/sse\//;
const STREAM_HEAD = /^HTTP\/1\.1 200[^]*text\/event-stream[^]*?\r\n\r\n/;

export class ChaosProxy {
  #target;
  #server;
  #pairs = new Set();
  #fault = { fault: "pass" };
  counts = {};

  constructor(targetPort) {
    this.#target = targetPort;
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  async start(port = 0) {
    await new Promise((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return this;
  }

  get port() {
    return this.#server.address().port;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get fault() {
    return this.#fault;
  }

  get openStreams() {
    return [...this.#pairs].filter((pair) => pair.isStream).length;
  }

  /** Replace the fault; connections that are open are concerned as well. */
  set(fault, options = {}) {
    this.#fault = { fault, ...options };
    for (const pair of this.#pairs) {
      if (fault === "pass") pair.release();
      if (["bad", "captive", "refuse"].includes(fault) && this.#concerns(pair)) pair.reset();
      if (fault === "cut") pair.rest = this.#cutAfter();
    }
  }

  /** Reset what is open, once. */
  cutNow({ only } = {}) {
    for (const pair of this.#pairs) if (only !== "streams" || pair.isStream) pair.reset();
  }

  async stop() {
    for (const pair of this.#pairs) pair.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client) {
    const pair = new Pair(client, Math.random());
    this.#pairs.add(pair);
    pair.rest = this.#cutAfter();
    client.on("close", () => this.#pairs.delete(pair));
    client.on("data", (data) => this.#say(pair, data));
    client.on("end", () => pair.server?.end());
  }

  #say(pair, data) {
    const text = data.toString("latin1");
    if (/^[A-Z]+ \//.test(text)) pair.isStream = IS_STREAM.test(text);
    const { fault } = this.#fault;
    if (this.#concerns(pair)) {
      if (fault === "half_open") return this.#count(pair);
      if (fault === "refuse") return this.#did(pair, () => pair.reset());
      if (fault === "bad") return this.#did(pair, () => pair.answer("502 Bad Gateway", "<h1>Bad gateway</h1>"));
      if (fault === "captive") return this.#did(pair, () => pair.answer("200 OK", "<h1>Sign in to this network</h1>"));
    }
    pair.server ??= this.#dial(pair);
    pair.server.write(data);
  }

  #dial(pair) {
    const server = connect({ port: this.#target, host: "127.0.0.1", noDelay: true });
    server.on("data", (data) => pair.enqueue(() => this.#answer(pair, data)));
    server.on("end", () => pair.enqueue(() => pair.finish()));
    server.on("error", () => pair.reset());
    return server;
  }

  async #answer(pair, data) {
    const { fault, ms = 0 } = this.#fault;
    const head = STREAM_HEAD.exec(data.toString("latin1"));
    if (head) pair.isStreaming = true;
    if (!this.#concerns(pair)) return pair.client.write(data);
    if (fault === "half_open") return this.#count(pair);
    if (fault === "delay") await wait(Math.random() * ms);
    if (fault === "cut" && (pair.rest -= data.length) < 0) {
      const part = data.subarray(0, data.length + pair.rest);
      return this.#did(pair, () => pair.client.write(part, () => pair.reset()));
    }
    if (fault === "buffer" && pair.isStreaming) {
      if (head) pair.client.write(data.subarray(0, head[0].length));
      this.#count(pair);
      return pair.hold(head ? data.subarray(head[0].length) : data);
    }
    return pair.client.write(data);
  }

  #concerns(pair) {
    const { only, chance = 1 } = this.#fault;
    return (only !== "streams" || pair.isStream) && pair.luck < chance;
  }

  #cutAfter() {
    return Math.ceil(Math.random() * (this.#fault.bytes ?? 4000));
  }

  #did(pair, step) {
    this.#count(pair);
    step();
  }

  #count(pair) {
    const { fault } = this.#fault;
    if (pair.counted !== fault) this.counts[fault] = (this.counts[fault] ?? 0) + 1;
    pair.counted = fault;
  }
}

class Pair {
  server = null;
  isStream = false;
  isStreaming = false;
  #held = [];
  #queue = Promise.resolve();

  constructor(client, luck) {
    this.client = client;
    this.luck = luck;
    client.on("error", () => this.server?.destroy());
    client.on("close", () => this.server?.destroy());
  }

  enqueue(step) {
    this.#queue = this.#queue.then(step);
  }

  hold(data) {
    this.#held.push(data);
  }

  release() {
    for (const data of this.#held.splice(0)) this.client.write(data);
  }

  finish() {
    this.release();
    this.client.end();
  }

  answer(status, body) {
    const head = `HTTP/1.1 ${status}\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    this.client.end(head + body);
  }

  reset() {
    this.client.resetAndDestroy();
    this.server?.destroy();
  }
}

async function main() {
  const { values } = parseArgs({
    options: Object.fromEntries(["target", "listen", "control"].map((name) => [name, { type: "string" }])),
  });
  if (!values.target || !values.listen || !values.control) {
    console.error("Usage: node chaos-proxy.js --target PORT --listen PORT --control PORT");
    process.exit(2);
  }
  const proxy = await new ChaosProxy(Number(values.target)).start(Number(values.listen));
  const control = createHttpServer(async (request, response) => {
    try {
      if (request.method === "POST") {
        let body = "";
        for await (const piece of request) body += piece;
        const { fault, ...options } = JSON.parse(body);
        if (fault === "cut_now") proxy.cutNow(options);
        else proxy.set(fault, options);
      }
      response.end(JSON.stringify({ ...proxy.fault, counts: proxy.counts, open_streams: proxy.openStreams }));
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ detail: error.message }));
    }
  });
  control.listen(Number(values.control), "127.0.0.1", () => console.log("ready"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
