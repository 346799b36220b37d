import assert from "node:assert/strict";
import { test } from "node:test";
import { SseParser } from "../src/stream/sse-parser.js";

const utf8 = new TextEncoder();
const BOM = "\u{FEFF}";

const STREAM = [
  ": heartbeat\n",
  "retry: 2405\nid: 6\n",
  'event: stream\ndata: {"state":"open"}\n\n',
  "id: 7\n\n",
  "data: the id above came without data\n\n",
  "data: first\r\ndata:second\rdata:  third\nid: 8\n\n",
  "event: سؤال\nid: 9\ndata: ما ناتج ٧ × ٨؟ 😀\r\n\r\n",
  "id: 1\0\ndata: the id above has NUL\r\r",
  "unknown: field\nevent: nothing\n\n",
  "data\n\n",
  "data:\ndata:\n\n",
  "retry: 12x\nid\ndata: the id is empty now\n\n",
  "id: 99\ndata: cut before its blank line\n",
].join("");

const EXPECTED = [
  { event: "", data: null, id: "", comment: "heartbeat" },
  { event: "stream", data: '{"state":"open"}', id: "6", comment: null },
  { event: "message", data: "the id above came without data", id: "7", comment: null },
  { event: "message", data: "first\nsecond\n third", id: "8", comment: null },
  { event: "سؤال", data: "ما ناتج ٧ × ٨؟ 😀", id: "9", comment: null },
  { event: "message", data: "the id above has NUL", id: "9", comment: null },
  { event: "message", data: "", id: "9", comment: null },
  { event: "message", data: "\n", id: "9", comment: null },
  { event: "message", data: "the id is empty now", id: "", comment: null },
];

function parse(pieces) {
  const parser = new SseParser();
  const frames = pieces.flatMap((piece) => parser.push(piece));
  assert.equal(parser.retryMs, 2405);
  return frames.map(({ bytes, ...frame }) => frame);
}

test("frames are parsed by the rules of the HTML standard", () => {
  assert.deepEqual(parse([utf8.encode(STREAM)]), EXPECTED);
  assert.deepEqual(parse([utf8.encode(BOM + STREAM)]), EXPECTED);
});

test("every cut of the bytes in two gives the same frames", () => {
  const bytes = utf8.encode(BOM + STREAM);
  for (let at = 0; at <= bytes.length; at += 1) {
    assert.deepEqual(parse([bytes.subarray(0, at), bytes.subarray(at)]), EXPECTED, `cut at ${at}`);
  }
});

test("every way to cut the bytes into pieces gives the same frames", () => {
  for (const lineEnd of ["\n", "\r", "\r\n"]) {
    const bytes = utf8.encode(STREAM.replace(/\r\n|\r|\n/g, lineEnd));
    assert.deepEqual(parse([...bytes].map((byte) => Uint8Array.of(byte))), EXPECTED);
    for (let round = 0; round < 500; round += 1) {
      const pieces = [];
      for (let at = 0; at < bytes.length; ) {
        const size = Math.floor(Math.random() * 20);
        pieces.push(bytes.subarray(at, at + size));
        at += size;
      }
      assert.deepEqual(parse(pieces), EXPECTED);
    }
  }
});

test("a frame is returned as soon as its blank line begins", () => {
  const parser = new SseParser();
  assert.equal(parser.push(utf8.encode("data: now\r\n\r")).length, 1);
  assert.equal(parser.push(utf8.encode("\ndata: next\r\n\r\n")).length, 1);
});

test("the size of a frame is counted in bytes", () => {
  const [frame] = new SseParser().push(utf8.encode("id: 1\ndata: سؤال\n\n"));
  assert.equal(frame.bytes, utf8.encode("id: 1\ndata: سؤال\n\n").length);
});
