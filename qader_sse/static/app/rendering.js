// What the views render with: buttons, parts of the page that are rebuilt when their data changes, and
// announcements to screen readers.

import { $, el, setText } from "../shared/dom.js";
import { ApiError } from "./api.js";
import { changePage } from "./steady.js";

export { $, el, setText };

export const button = (label, onclick, attributes) => el("button", { type: "button", onclick, ...attributes }, label);

const renderedData = new WeakMap();

/**
 * Rebuild an element's content, but only if its data has changed, so that an event about something
 * else does not replace a button while it is pressed. If the focus was in it, it
 * moves to the element with data-focus, or else to the one with the same data-key, or else to the
 * view's heading. A data-key names what a press means: with another meaning it is another key.
 */
export function renderInto(element, data, build) {
  const json = JSON.stringify(data);
  if (renderedData.get(element) === json) return;
  renderedData.set(element, json);
  const focused = element.contains(document.activeElement) && document.activeElement;
  changePage(() => element.replaceChildren(...build()));
  if (!focused) return;
  const same = focused.dataset.key && element.querySelector(`[data-key="${CSS.escape(focused.dataset.key)}"]`);
  (element.querySelector("[data-focus]") ?? (same || element.closest("section")?.querySelector("h1, h2")))?.focus({ preventScroll: true });
}

/** Have screen readers read a text at their next pause, or at once if it is urgent. */
export function announce(text, { urgent = false } = {}) {
  $(urgent ? "warning" : "announcement").textContent = text;
}

/** Show in an element why something was refused, or "". What stands below it moves then. */
export function showProblem(element, message) {
  if (element.textContent !== message) changePage(() => setText(element, message));
}

/** Run a button's action, unless it is still running; show in `problem` why a call to the service failed. */
export async function runAction(pressed, problem, action) {
  if (pressed.ariaBusy === "true") return;
  pressed.ariaBusy = "true"; // `disabled` would lose the focus
  showProblem(problem, "");
  try {
    await action();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showProblem(problem, error.message);
  } finally {
    pressed.ariaBusy = "false";
  }
}
