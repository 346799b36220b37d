// A WebSocket client (RFC 6455) on a socket that may be cut after any byte.

import { randomBytes } from "node:crypto";

const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10];

export class WebSocketClient {
  #rest = Buffer.alloc(0);
  status = 0;
  code = null;
  reason = "";

  // `onMessage(message, socket)` is called with each message, parsed.
  constructor(onMessage, onOpen = () => {}) {
    this.onMessage = onMessage;
    this.onOpen = onOpen;
  }

  // Resolves when the connection has ended, with how.
  open(person, path, cutAfter = Infinity, headers = {}) {
    return person.open(path, {
      cutAfter,
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
        ...headers,
      },
      onHead: (status, _, socket) => {
        this.status = status;
        this.socket = socket;
        if (status === 101) this.onOpen(this);
        else socket.destroy();
      },
      onBytes: (data) => this.#receive(data),
    });
  }

  send(message, opcode = TEXT) {
    this.#frame(opcode, Buffer.from(typeof message === "string" ? message : JSON.stringify(message)));
  }

  sendBytes(message) {
    this.send(message, BINARY);
  }

  close() {
    this.#frame(CLOSE, Buffer.from([3, 232])); // 1000
  }

  #receive(data) {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (let frame; (frame = this.#next()); ) {
      const [opcode, content] = frame;
      if (opcode === TEXT) this.onMessage(JSON.parse(content.toString()), this);
      if (opcode === PING) this.#frame(PONG, content);
      if (opcode === CLOSE) {
        this.code ??= content.readUInt16BE(0);
        this.reason = content.subarray(2).toString();
        this.#frame(CLOSE, content.subarray(0, 2));
      }
    }
  }

  #next() {
    const data = this.#rest;
    if (data.length < 2) return null;
    let [length, at] = [data[1], 2];
    if (length >= 126) {
      at = length === 126 ? 4 : 10;
      if (data.length < at) return null;
      length = at === 4 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2));
    }
    if (data.length < at + length) return null;
    this.#rest = data.subarray(at + length);
    return [data[0] & 15, data.subarray(at, at + length)];
  }

  #frame(opcode, content) {
    const mask = randomBytes(4);
    const long = content.length >= 126;
    const head = [128 | opcode, 128 | (long ? 126 : content.length)];
    if (long) head.push(content.length >> 8, content.length & 255);
    const masked = content.map((byte, index) => byte ^ mask[index % 4]);
    if (!this.socket.destroyed) this.socket.write(Buffer.concat([Buffer.from(head), mask, masked]));
  }
}
