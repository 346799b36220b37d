// Expressions as MathML, which browsers lay out and screen readers read by themselves.

import { el } from "../rendering.js";
import { expressions } from "./math-parser.js";

const SPACE = "http://www.w3.org/1998/Math/MathML";

/** Questions are Arabic, whatever the language of the page. */
export function arabic(tag, text, attributes) {
  return el(tag, { lang: "ar", dir: "rtl", ...attributes }, ...expressions(text).map(piece));
}

/**
 * An expression runs left to right, as its digits do, within the Arabic text; one in Arabic
 * letters runs as Arabic algebra is written, with its operators turned round.
 */
function piece(found) {
  if (typeof found === "string") return found;
  const dir = found.isArabic ? "rtl" : "ltr";
  const math = tag("math", ...found.row.map(part));
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

/** Not msqrt: where no font for mathematics is installed, its sign is not drawn. */
function root(inside) {
  const under = tag("mrow", inside);
  under.setAttribute("class", "radicand");
  const sign = tag("mo", "√");
  sign.setAttribute("form", "prefix");
  return tag("mrow", sign, under);
}

/** Over and under a line, high up, and under a root, brackets are not needed. */
const unwrapped = (node) => (node.bracketed ? part({ row: node.row }) : part(node));

function tag(name, ...children) {
  const node = document.createElementNS(SPACE, name);
  node.append(...children);
  return node;
}
