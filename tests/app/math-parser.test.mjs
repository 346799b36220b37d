import assert from "node:assert/strict";
import { test } from "node:test";

import { expressions } from "../../qader_sse/static/app/duel/math-parser.js";

/** Write a tree as one line: {over/under}, base^{exponent}, √{…}. */
function show(node) {
  if (node.fraction) return `{${node.fraction.map(show).join("/")}}`;
  if (node.power) return `${show(node.power[0])}^{${show(node.power[1])}}`;
  if (node.root) return `√{${show(node.root)}}`;
  if (node.row) return node.bracketed ? `(${node.row.map(show).join(" ")})` : node.row.map(show).join(" ");
  return node.number ?? node.letter ?? node.operator;
}

const found = (text) => expressions(text).map((piece) => (typeof piece === "string" ? piece : `[${piece.isArabic ? "ar " : ""}${show(piece)}]`));

test("a text without an expression stays one piece", () => {
  for (const text of ["بتلة : زهرة", "مدة 12 يومًا، أي 25٪", "الناتج 100π سم²؟", "2س", "(أ)", "سم/ساعة", "a well-known word", ""])
    assert.deepEqual(expressions(text), text ? [text] : []);
});

test("a sum extends from its first number to its last", () => {
  assert.deepEqual(found("السعر بعد الخصم: 240 - 60 = 180."), ["السعر بعد الخصم: ", "[240 − 60 = 180]", "."]);
  assert.deepEqual(found("12.5 × 4 ÷ 2"), ["[12.5 × 4 ÷ 2]"]);
  assert.deepEqual(found("-3 + 5"), ["[− 3 + 5]"]);
});

test("a fraction binds more strongly than the operators around it", () => {
  assert.deepEqual(found("2 × 22/7 × 35"), ["[2 × {22/7} × 35]"]);
  assert.deepEqual(found("(1 + 2)/3"), ["[{(1 + 2)/3}]"]);
});

test("powers are recognised in every notation", () => {
  assert.deepEqual(found("2 أُس 30"), ["[2^{30}]"]);
  assert.deepEqual(found("2^10"), ["[2^{10}]"]);
  assert.deepEqual(found("x^(n + 1)"), ["[x^{(n + 1)}]"]);
  assert.deepEqual(found("10^-3"), ["[10^{− 3}]"]);
  assert.deepEqual(found("5²³"), ["[5^{23}]"]);
});

test("a root applies to the number or bracket behind it", () => {
  assert.deepEqual(found("√16 + √(9 + 7)"), ["[√{16} + √{(9 + 7)}]"]);
});

test("an expression with an Arabic letter is Arabic algebra", () => {
  assert.deepEqual(found("4س - 3 < 29؟"), ["[ar 4 س − 3 < 29]", "؟"]);
  assert.deepEqual(found("(س + 3)² - (س - 3)² عندما س = 25"), ["[ar (س + 3)^{2} − (س − 3)^{2}]", " عندما ", "[ar س = 25]"]);
  assert.deepEqual(found("2 أُس (س + 1)"), ["[ar 2^{(س + 1)}]"]);
});

test("a degree sign stays with its number", () => {
  assert.deepEqual(found("والزاوية 120°."), ["والزاوية ", "[120°]", "."]);
});

test("a number joined to a word begins an expression, a letter inside a word does not", () => {
  assert.deepEqual(found("العددين 4 أُس س و8 أُس س؟"), ["العددين ", "[ar 4^{س}]", " و", "[ar 8^{س}]", "؟"]);
  assert.deepEqual(found("سعر - 3"), ["سعر - 3"]);
});

test("an incomplete expression stays text", () => {
  for (const text of ["5 +", "(3", "√", "7/", "2^"]) assert.deepEqual(expressions(text), [text]);
});

test("the text around expressions is complete", () => {
  const text = "إذا كان 5س + 5ص = 90، فقارن: 1/3 و(2 + 3";
  const written = expressions(text).map((piece) => (typeof piece === "string" ? piece : "…"));
  assert.deepEqual(written, ["إذا كان ", "…", "، فقارن: ", "…", " و(", "…"]);
});
