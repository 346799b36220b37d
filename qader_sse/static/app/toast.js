// A short message at the edge of the page, which disappears by itself after SHOWN_MS.

import { $, button, el } from "./rendering.js";
import { changePage } from "./steady.js";
import { text } from "./texts.js";

const SHOWN_MS = 12_000;
let timer;

/** Show a message instead of the one before; `href`, if given, links to what it is about. */
export function showToast(message, href) {
  clearTimeout(timer);
  const link = href && el("a", { href, onclick: clearToast }, text("open"));
  const close = button("×", clearToast, { "aria-label": text("dismiss") });
  changePage(() => $("toast").replaceChildren(el("span", {}, message), ...(link ? [link] : []), close));
  timer = setTimeout(clearToast, SHOWN_MS);
}

export function clearToast() {
  changePage(() => $("toast").replaceChildren());
}
