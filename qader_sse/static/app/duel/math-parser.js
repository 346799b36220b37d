// Finds mathematical expressions in the text of a question: 7/12, (س + 3)² - 1, 2 أُس (س + 1), √16,
// x^2. Pure: a text becomes a list of texts and trees, which mathml.js renders.

const RAISED = { "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "ⁿ": "n" };
const OPERATOR = /\s*([+\-−–×÷*=<>≤≥≠])\s*/y;
const NUMBER = /[0-9٠-٩]+(?:[.,٫][0-9٠-٩]+)*[%٪°]?/y;
// A single letter with no letter behind it. Of Arabic letters only س, ص and ع, which stand for unknowns.
const LETTER = /[سصع](?![\p{L}\p{M}])|[A-Za-zπ](?![A-Za-z])/uy;
const POWER = /\s*\^\s*|\s+أ[ُ]?س\s+/uy;
const IN_A_WORD = /[\p{L}\p{M}]/u;
const LOOKS_LIKE = { "*": "×", "-": "−", "–": "−" };

/**
 * Split a text into pieces: strings, and expressions `{row: […]}` with `isArabic` where an
 * Arabic letter stands for a number. Inside are `{number}`, `{letter}`, `{operator}`,
 * `{fraction: [over, under]}`, `{power: [base, exponent]}`, `{root}`, `{row, bracketed}`.
 */
export function expressions(text) {
  const pieces = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const found = canStartAt(text, at) && new Reader(text, at).expression();
    if (found && needsMath(found.row)) {
      if (at > from) pieces.push(text.slice(from, at));
      pieces.push({ row: found.row, isArabic: hasUnknown(text.slice(at, found.end)) });
      from = found.end;
    }
    at = found ? found.end : at + 1;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

/** Whether an expression may begin here: not in a word or a number, but a number may follow an Arabic letter (و8). */
function canStartAt(text, at) {
  const before = text[at - 1];
  if (before === undefined) return true;
  if (/[0-9٠-٩]/.test(text[at])) return !/[0-9٠-٩A-Za-z.,٫]/.test(before);
  return !IN_A_WORD.test(before);
}

const hasUnknown = (written) => /[سصع]/.test(written.replace(/أ[ُ]?س/g, ""));

/**
 * Whether a row needs to be rendered as mathematics. Numbers and letters alone do not, also side by
 * side or in brackets; degrees do, since after an Arabic word their sign would move to the wrong side.
 */
const needsMath = (row) =>
  row.some(
    ({ number, operator, fraction, power, root, bracketed, row: inside }) =>
      operator || fraction || power || root || number?.endsWith("°") || (bracketed && needsMath(inside)),
  );

class Reader {
  constructor(text, at) {
    this.text = text;
    this.at = at;
  }

  /** Read the longest expression that begins here, or return null. */
  expression() {
    const row = this.#sum();
    return row && { row, end: this.at };
  }

  #sum() {
    const row = this.#signed();
    if (!row) return null;
    for (;;) {
      const here = this.at;
      const operator = this.#match(OPERATOR)?.[1];
      const term = operator && this.#signed();
      if (!term) {
        this.at = here;
        return row;
      }
      row.push({ operator: LOOKS_LIKE[operator] ?? operator }, ...term);
    }
  }

  #signed() {
    const here = this.at;
    const sign = this.#match(/[-−+]/y)?.[0];
    const product = this.#product();
    if (!product) this.at = here;
    return product && (sign ? [{ operator: LOOKS_LIKE[sign] ?? sign }, ...product] : product);
  }

  /** Factors without a sign between them: 2س, 3(س + 6). */
  #product() {
    const row = [];
    for (let part; (part = this.#quotient()); ) row.push(part);
    return row.length ? row : null;
  }

  #quotient() {
    const over = this.#factor();
    const here = this.at;
    if (!over || !this.#match(/\//y)) return over;
    const under = this.#factor();
    if (under) return { fraction: [over, under] };
    this.at = here;
    return over;
  }

  #factor() {
    let factor = this.#atom();
    for (let exponent; factor && (exponent = this.#exponent()); ) factor = { power: [factor, exponent] };
    return factor;
  }

  #exponent() {
    const raised = this.#match(/[⁰¹²³⁴-⁹ⁿ]+/y);
    if (raised) return { number: [...raised[0]].map((digit) => RAISED[digit]).join("") };
    const here = this.at;
    if (!this.#match(POWER)) return null;
    const sign = this.#match(/[-−]/y);
    const exponent = this.#atom();
    if (!exponent) this.at = here;
    return exponent && (sign ? { row: [{ operator: "−" }, exponent] } : exponent);
  }

  #atom() {
    const number = this.#match(NUMBER);
    if (number) return { number: number[0] };
    const letter = this.#match(LETTER);
    if (letter) return { letter: letter[0] };
    const here = this.at;
    if (this.#match(/√/y)) {
      const root = this.#atom();
      if (root) return { root };
    } else if (this.#match(/\(/y)) {
      const row = this.#sum();
      if (row && this.#match(/\)/y)) return { row, bracketed: true };
    }
    this.at = here;
    return null;
  }

  #match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }
}
