const LINE_END = /\r\n|\r|\n/;
const utf8 = new TextEncoder();

/**
 * Parses `text/event-stream` from pieces of any size, by the rules of the HTML standard. Unlike an
 * EventSource it also returns comments, each as a frame whose `data` is null.
 */
export class SseParser {
  lastEventId = "";
  retryMs = null;
  #decoder = new TextDecoder();
  #rest = "";
  #endsInCr = false;
  #block = emptyBlock();

  /** Return the frames that these bytes complete: `{event, data, id, comment, bytes}`. */
  push(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return [];
    const isRestOfCrLf = this.#endsInCr && text.startsWith("\n");
    this.#endsInCr = text.endsWith("\r");
    if (isRestOfCrLf) text = text.slice(1);

    const lines = text.split(LINE_END);
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop();
    return lines.map((line) => this.#parseLine(line)).filter(Boolean);
  }

  #parseLine(line) {
    const size = utf8.encode(line).length + 1;
    if (line.startsWith(":")) {
      const comment = line.slice(1).trimStart();
      return { event: "", data: null, id: this.lastEventId, comment, bytes: size };
    }
    this.#block.bytes += size;
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    this.#setField(name, value);
    return null;
  }

  #setField(name, value) {
    const block = this.#block;
    if (name === "data") block.data.push(value);
    else if (name === "event") block.event = value;
    else if (name === "id" && !value.includes("\0")) block.id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch() {
    const { event, data, id, bytes } = this.#block;
    this.#block = emptyBlock();
    if (id !== null) this.lastEventId = id;
    if (data.length === 0) return null;
    return { event: event || "message", data: data.join("\n"), id: this.lastEventId, comment: null, bytes };
  }
}

const emptyBlock = () => ({ event: "", data: [], id: null, bytes: 0 });
