// Which view is shown: one at a time, and focus follows.

const sections = [...document.querySelectorAll("[data-view]")];

export const view = (name) => sections.find((section) => section.dataset.view === name);

export const problemOf = (name) => view(name).querySelector(".problem");

/** Show one view. Coming from another, focus goes to its heading, to read on from there. */
export function show(name) {
  const shown = sections.find((section) => !section.hidden);
  if (shown?.dataset.view === name) return;
  for (const section of sections) section.hidden = section.dataset.view !== name;
  scrollTo(0, 0);
  // The first view of all leaves focus where the browser begins.
  if (shown) view(name).querySelector("h1").focus({ preventScroll: true });
}
