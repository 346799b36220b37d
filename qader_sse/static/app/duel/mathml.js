// Renders expressions as MathML, which browsers lay out and screen readers read.

import { el } from "../rendering.js";
import { expressions } from "./math-parser.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** Create an element with a question's text, which is Arabic in every language of the page. */
export function arabic(tag, text, attributes) {
  return el(tag, { lang: "ar", dir: "rtl", ...attributes }, ...expressions(text).map(piece));
}

/**
 * Render a text or an expression. Within the Arabic text an expression runs from left to right, as
 * its digits do. One whose unknowns are Arabic letters runs from right to left, as Arabic algebra is
 * written.
 */
function piece(content) {
  if (typeof content === "string") return content;
  const dir = content.isArabic ? "rtl" : "ltr";
  const math = tag("math", ...content.row.map(part));
  math.setAttribute("dir", dir);
  return el("bdi", { dir, class: "math" }, math);
}

function part(node) {
  if (node.number !== undefined) return tag("mn", node.number);
  if (node.letter) return tag("mi", node.letter);
  if (node.operator) return tag("mo", node.operator);
  if (node.fraction) return tag("mfrac", ...node.fraction.map(unwrapped));
  if (node.power) return tag("msup", part(node.power[0]), unwrapped(node.power[1]));
  if (node.root) return root(unwrapped(node.root));
  const row = node.row.map(part);
  return tag("mrow", ...(node.bracketed ? [tag("mo", "("), ...row, tag("mo", ")")] : row));
}

/** Render a root as a sign and a row. `msqrt` is not used: without a mathematical font its sign is not drawn. */
function root(inside) {
  const under = tag("mrow", inside);
  under.setAttribute("class", "radicand");
  const sign = tag("mo", "√");
  sign.setAttribute("form", "prefix");
  return tag("mrow", sign, under);
}

/** Drop brackets that a fraction's line, a raised exponent or a root's line makes unnecessary. */
const unwrapped = (node) => (node.bracketed ? part({ row: node.row }) : part(node));

function tag(name, ...children) {
  const node = document.createElementNS(MATHML, name);
  node.append(...children);
  return node;
}
