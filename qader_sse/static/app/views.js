// The views of the page. One is shown at a time, and focus follows it.

import { changePage } from "./steady.js";

const views = [...document.querySelectorAll("[data-view]")];

export const viewElement = (name) => views.find((view) => view.dataset.view === name);

/** Whether a duel is being played: nothing else should take the attention then. */
export const isPlaying = () => !viewElement("starting").hidden || !viewElement("question").hidden;

/** Return the element in which a view shows why an action was refused. */
export const problemElement = (name) => viewElement(name).querySelector(".problem");

/** Show a view, unless it is shown already, and focus its heading, where screen readers then read on. */
export function showView(name) {
  const shown = views.find((view) => !view.hidden);
  if (shown?.dataset.view === name) return;
  changePage(() => {
    for (const view of views) view.hidden = view.dataset.view !== name;
    scrollTo(0, 0);
  });
  // The page's first view leaves the focus where the browser starts.
  if (shown) viewElement(name).querySelector("h1").focus({ preventScroll: true });
}
