// A short message at the edge of the page, which goes away by itself.

import { $, button, el } from "./rendering.js";
import { text } from "./texts.js";

const SHOWN_MS = 12_000;
let forget;

/** Tell something; `href` leads to what it is about. */
export function toast(message, href) {
  clearTimeout(forget);
  const link = href && el("a", { href, onclick: clearToast }, text("open"));
  const close = button("×", clearToast, { "aria-label": text("dismiss") });
  $("toast").replaceChildren(el("span", {}, message), ...(link ? [link] : []), close);
  forget = setTimeout(clearToast, SHOWN_MS);
}

export function clearToast() {
  $("toast").replaceChildren();
}
