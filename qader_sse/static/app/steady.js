// What is under a finger does not change its meaning: a press counts only on what has stood at its
// place, and meant the same, for STEADY_MS. Else the second tap of a double tap on "Next" would answer
// a question that nobody has read, and an answer cannot be taken back. And while the finger is down,
// news waits: else what is pressed might be rebuilt or covered, and the browser makes no click of it.

export const STEADY_MS = 400;

const LONGEST_TAP_MS = 2000; // news waits no longer
const CLICK_MS = 50; // after the finger is lifted, within which its click comes
const PRESSABLE = "button, a[href], label, summary";
const changes = new WeakMap(); // pressable → the change of the page that put it there: { seenAt }

const pressables = () => [...document.querySelectorAll(PRESSABLE)];

/** What a press means: nodes with the same data-key mean the same, though they are rebuilt. */
const meaningOf = (node) => node.dataset.key ?? node;

const placeOf = (node) => {
  const { x, y, width, height } = node.getBoundingClientRect();
  return [x, y, width, height].map(Math.round).join();
};

/** Change the page; whatever then has another place or meaning takes no press for STEADY_MS. */
export function changePage(change) {
  const before = new Map(pressables().map((node) => [meaningOf(node), { place: placeOf(node), change: changes.get(node) }]));
  change();
  // Until it is painted, nobody can have seen it, however long a slow device takes.
  const thisChange = { seenAt: Infinity };
  for (const node of pressables()) {
    const old = before.get(meaningOf(node));
    changes.set(node, old?.place === placeOf(node) ? old.change : thisChange);
  }
  markFresh();
  requestAnimationFrame(() =>
    setTimeout(() => {
      thisChange.seenAt = performance.now();
      setTimeout(markFresh, STEADY_MS);
    }),
  );
}

/** Whether what is pressed was not yet steady at this time, an event's `timeStamp`. */
export function isFresh(node, pressedAt) {
  const change = changes.get(node?.closest(PRESSABLE));
  return Boolean(change) && pressedAt < change.seenAt + STEADY_MS;
}

/** Show which parts take no press yet; the sheet lets them look as if there were nothing to press. */
function markFresh() {
  const now = performance.now();
  for (const node of pressables()) node.toggleAttribute("data-fresh", isFresh(node, now));
}

let tap = null; // while a finger is down: { isOver: a promise, end }

/** Resolve when no finger is down, in the order of the calls. */
export async function noFingerDown() {
  while (tap) await tap.isOver;
}

function beginTap() {
  tap?.end();
  const thisTap = {};
  thisTap.isOver = new Promise((resolve) => {
    thisTap.end = () => {
      if (tap === thisTap) tap = null;
      resolve();
    };
  });
  tap = thisTap;
  setTimeout(tap.end, LONGEST_TAP_MS);
}

addEventListener("pointerdown", beginTap, true);
addEventListener("pointerup", () => tap && setTimeout(tap.end, CLICK_MS), true);
addEventListener("pointercancel", () => tap?.end(), true);

// A click counts from when the finger came down, not from when it was lifted.
let pressedAt = null;
addEventListener("pointerdown", ({ timeStamp }) => (pressedAt = timeStamp), true);
// Not every press becomes a click, such as one of the right button: what comes next is not taken for it.
for (const end of ["pointercancel", "keydown"]) addEventListener(end, () => (pressedAt = null), true);
addEventListener(
  "click",
  (event) => {
    const isByPointer = pressedAt !== null;
    const at = pressedAt ?? event.timeStamp;
    pressedAt = null;
    if (!event.isTrusted) return; // a script has no finger
    if (!isByPointer && event.target !== document.activeElement) return; // Enter in a field submits its form
    if (!isFresh(event.target, at)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
