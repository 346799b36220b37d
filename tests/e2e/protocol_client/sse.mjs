// Server-Sent Events, from bytes that may be cut anywhere: each block with its fields in their order.

import { check } from "./claims.mjs";

// Follow one address until it ends, is cut, or `onBlock` returns false. Resolves with its status.
export async function readEvents(person, path, { headers, cutAfter, onBlock, onHead }) {
  let [status, body] = [0, null];
  const parser = new Blocks(onBlock);
  await person.open(path, {
    headers,
    cutAfter,
    onHead(found, names, socket) {
      status = found;
      onHead?.(found, names);
      body = names["transfer-encoding"] === "chunked" ? new Chunks() : null;
      if (status !== 200) socket.destroy();
    },
    onBytes(data, socket) {
      const text = body ? body.feed(data) : data;
      if (!parser.feed(text) || body?.isEnded) socket.destroy();
    },
  });
  return { status, said: parser.said };
}

class Chunks {
  #left = 0;
  #line = "";
  isEnded = false;

  feed(data) {
    const parts = [];
    let at = 0;
    while (at < data.length && !this.isEnded) {
      if (this.#left > 0) {
        const part = data.subarray(at, at + this.#left);
        parts.push(part);
        at += part.length;
        this.#left -= part.length;
      } else {
        const letter = String.fromCharCode(data[at++]);
        this.#line += letter;
        if (!this.#line.endsWith("\r\n") || this.#line === "\r\n") {
          if (this.#line === "\r\n") this.#line = ""; // behind the chunk before
          continue;
        }
        this.#left = parseInt(this.#line, 16);
        this.isEnded = this.#left === 0;
        this.#line = "";
      }
    }
    return Buffer.concat(parts);
  }
}

class Blocks {
  #rest = Buffer.alloc(0);
  #fields = [];
  said = []; // control messages

  constructor(onBlock) {
    this.onBlock = onBlock;
  }

  feed(data) {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (let at; (at = this.#rest.indexOf("\n")) >= 0; ) {
      const line = this.#rest.subarray(0, at).toString();
      this.#rest = this.#rest.subarray(at + 1);
      if (line) this.#fields.push(line.split(/: ?(.*)/s, 2));
      else if (this.#dispatch() === false) return false;
    }
    return true;
  }

  #dispatch() {
    const fields = this.#fields;
    this.#fields = [];
    const value = (name) => fields.findLast((field) => field[0] === name)?.[1];
    const names = fields.map((field) => field[0]).filter((name) => name); // without comments
    check("C16", names.filter((name) => name === "data").length === 1, names);
    if (value("retry")) check("C17", value("retry") >= 1000 && value("retry") <= 3000, value("retry"));
    const data = JSON.parse(value("data"));
    const isControl = value("event") === "stream";
    if (isControl) this.said.push(data);
    check("C1", isControl || "type" in data, data);
    return this.onBlock({ names, event: value("event"), id: value("id"), data, isControl });
  }
}
