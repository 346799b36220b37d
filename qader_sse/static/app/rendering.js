// Small helpers for the page: what is painted, where focus goes, what is read out.

import { $, el, say } from "../shared/dom.js";
import { Refused } from "./api.js";
import { shortName } from "./texts.js";

export { $, el, say };

export const button = (label, onclick, attributes) => el("button", { type: "button", onclick, ...attributes }, label);

export const bdi = (name) => el("bdi", {}, shortName(name));

const painted = new WeakMap();

/**
 * Rebuild a slot, but only when its data has changed: an event that does not concern a button
 * must not replace it under the finger. Focus stays on what has the same data-key, or goes to
 * what asks for it by data-focus, else to the heading of the view.
 */
export function paint(slot, data, build) {
  const key = JSON.stringify(data);
  if (painted.get(slot) === key) return;
  painted.set(slot, key);
  const focused = slot.contains(document.activeElement) && document.activeElement;
  slot.replaceChildren(...build());
  if (!focused) return;
  const same = focused.dataset.key && slot.querySelector(`[data-key="${CSS.escape(focused.dataset.key)}"]`);
  (slot.querySelector("[data-focus]") ?? (same || slot.closest("section")?.querySelector("h1, h2")))?.focus();
}

/** Have a screen reader read a text, at the next pause, or at once if it cannot wait. */
export function announce(text, { urgent = false } = {}) {
  $(urgent ? "warning" : "announcement").textContent = text;
}

/** Do what a button asked for, once at a time; a refusal is told in `problem`. */
export async function attempt(pressed, problem, action) {
  if (pressed.ariaBusy === "true") return;
  pressed.ariaBusy = "true"; // not `disabled`, which would lose the focus
  say(problem, "");
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(problem, error.message);
  } finally {
    pressed.ariaBusy = "false";
  }
}
