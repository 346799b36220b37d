import assert from "node:assert/strict";
import { test } from "node:test";

import { CHOICES, optionLetter, optionOf } from "../../qader_sse/static/app/duel/option-letters.js";

test("each language has its own letters", () => {
  assert.equal(CHOICES.map((choice) => optionLetter(choice, "ar")).join(" "), "أ ب ج د");
  assert.equal(CHOICES.map((choice) => optionLetter(choice, "en")).join(" "), "A B C D");
});

// As an Arabic keyboard has them: the letter, and the key it is on.
const TYPED = { A: [["أ", "KeyH"], ["ا", "KeyH"]], B: [["ب", "KeyF"]], C: [["ج", "BracketLeft"]], D: [["د", "BracketRight"]] };
const AT_POSITION = [["ش", "KeyA"], ["لا", "KeyB"], ["ؤ", "KeyC"], ["ي", "KeyD"]];

test("a key is an option by its letter in either language, by its number, and by its place", () => {
  CHOICES.forEach((choice, index) => {
    const keys = [[choice, `Key${choice}`], [choice.toLowerCase(), `Key${choice}`], [`${index + 1}`, `Numpad${index + 1}`], ["١٢٣٤"[index], `Digit${index + 1}`]];
    for (const [key, code] of [...keys, ...TYPED[choice], AT_POSITION[index]]) assert.equal(optionOf({ key, code }), choice, key);
  });
});

test("any other key is none", () => {
  for (const [key, code] of [["e", "KeyE"], ["5", "Digit5"], ["Enter", "Enter"], ["Alt", "AltLeft"], ["ح", "KeyP"], ["q", "KeyA"]])
    assert.equal(optionOf({ key, code }), undefined, key);
});
