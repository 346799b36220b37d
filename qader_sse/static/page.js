// Small helpers for the document. Data becomes text nodes here, never markup.

import { Refused } from "./server.js";

const MOST_LOGGED = 300;
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 };

export const $ = (id) => document.getElementById(id);

export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") node.addEventListener("click", value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

export const button = (label, onclick, attributes) => el("button", { type: "button", onclick, ...attributes }, label);

/** Questions are Arabic, whatever the language of the page. */
export const arabic = (tag, text, attributes) => el(tag, { lang: "ar", dir: "rtl", ...attributes }, text);

const painted = new WeakMap();

/**
 * Rebuild a slot, but only when its data has changed: an event that does not concern a button
 * must not replace it under the finger. Focus stays in the slot, or goes to its heading.
 */
export function paint(slot, data, build) {
  const key = JSON.stringify(data);
  if (painted.get(slot) === key) return;
  painted.set(slot, key);
  const focused = slot.contains(document.activeElement) && document.activeElement;
  slot.replaceChildren(...build());
  if (!focused) return;
  const same = focused.dataset.key && slot.querySelector(`[data-key="${focused.dataset.key}"]`);
  (slot.querySelector("[data-focus]") ?? (same || slot.closest("section").querySelector("h2"))).focus();
}

/** Set a text only if it differs: live regions would read it out again. */
export function say(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

/** Do what a button asked for, once at a time; a refusal is told beside it. */
export async function attempt(pressed, problemId, action) {
  if (pressed.ariaBusy === "true") return;
  pressed.ariaBusy = "true"; // not `disabled`, which would lose the focus
  say(problemId, "");
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(problemId, error.message);
  } finally {
    pressed.ariaBusy = "false";
  }
}

export function showConnection(id, state, reconnect) {
  $(id).dataset.state = state;
  $(id).replaceChildren(state, ...(reconnect ? [button("Reconnect", reconnect)] : []));
}

export function logFrame(stream, id, type, content) {
  const time = new Date().toLocaleTimeString("en-GB", CLOCK);
  const summary = [time, stream, id && `#${id}`, type].map((text) => el("span", {}, text));
  const frame = el("details", { "data-stream": stream.split(" ")[0] }, el("summary", {}, ...summary));
  // A challenge is some 20 kB of JSON: lay it out when somebody looks.
  const expand = () => frame.append(el("pre", { dir: "ltr" }, JSON.stringify(content, null, 2)));
  frame.addEventListener("toggle", expand, { once: true });
  $("log").prepend(frame);
  if ($("log").childElementCount > MOST_LOGGED) $("log").lastElementChild.remove();
}
