// Shows the texts of questions, which are Arabic in every language of the page, with their formulas.

import { el } from "../rendering.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";
// What the service makes of formulas; nothing else gets into the page. Roots become others of these.
const ELEMENTS = ["math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msup", "msub", "msubsup"];
const ATTRIBUTES = ["dir", "stretchy"];

// A number with its sign, and what is written of several, or with letters: -3, 12.5, 1/2, 3:2, 10-20, 25π, 36°.
const NUMBER = /[+\-−]?[a-zα-ω]*\p{Nd}[a-zα-ω\p{Nd}]*(?:[.,٫٬/:\-–]\p{Nd}+)*°?/giu;
const SIGN = /^[+\-−]/;
const IN_A_WORD = /[\p{L}\p{M}]/u;

/** Create an element with a text of a question, or with its markup if it has a formula. */
export function arabic(tag, text, markup, attributes) {
  return el(tag, { lang: "ar", dir: "rtl", ...attributes }, ...(markup ? withFormulas(markup) : [withNumbers(text)]));
}

/**
 * Isolate each number from the Arabic around it, so that it runs from left to right wherever it
 * stands, and a percent sign after it is on its left, in an option of its own as within a sentence.
 */
export function withNumbers(text) {
  return text.replace(NUMBER, (number, index) => {
    // The hyphen in a name such as كوفيد-19 is no sign.
    const hyphen = SIGN.test(number) && IN_A_WORD.test(text[index - 1] ?? "") ? number[0] : "";
    return `${hyphen}\u2066${number.slice(hyphen.length)}\u2069`;
  });
}

/** Parse markup in a document of its own, where nothing runs or loads, and copy what is known of it. */
function withFormulas(markup) {
  const { body } = new DOMParser().parseFromString(markup, "text/html");
  return [...body.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? withNumbers(node.data) : copy(node)));
}

function copy(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.localName === "msqrt") return root([...node.childNodes]);
  if (node.localName === "mroot") return root([node.firstChild], node.lastChild);
  if (!ELEMENTS.includes(node.localName)) return node.textContent;
  const copied = element(node.localName, ...[...node.childNodes].map(copy));
  for (const name of ATTRIBUTES) {
    if (node.hasAttribute(name)) copied.setAttribute(name, node.getAttribute(name));
  }
  return copied;
}

/** Show a root as a sign and a row: without a mathematical font the sign of `msqrt` is not drawn. */
function root(inside, degree) {
  const sign = element("mo", "√");
  sign.setAttribute("form", "prefix");
  sign.setAttribute("lspace", "0");
  const under = element("mrow", ...inside.map(copy));
  under.setAttribute("class", "radicand");
  return element("mrow", degree ? element("msup", element("mrow"), copy(degree)) : "", sign, under);
}

function element(name, ...children) {
  const node = document.createElementNS(MATHML, name);
  node.append(...children);
  return node;
}
