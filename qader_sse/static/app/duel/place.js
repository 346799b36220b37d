// Which question of a duel is shown, the same in all tabs of one person: what one tab has passed must
// not be answered in another by a press that was meant for it.

const KEY = "place in a duel"; // of the latest duel only

let duel, index, onMove;

/** Begin with a duel; `whenMoved` is called when another tab has gone on to another question. */
export function openPlace(challengeId, viewerId, whenMoved) {
  [duel, onMove] = [`${viewerId} ${challengeId}`, whenMoved];
  index = read(localStorage.getItem(KEY));
}

/** The index of the question shown, or undefined before the first `moveTo`. */
export const place = () => index;

export function moveTo(next) {
  index = next;
  localStorage.setItem(KEY, JSON.stringify({ duel, index }));
}

const read = (saved) => {
  const found = JSON.parse(saved ?? "{}");
  return found.duel === duel ? found.index : undefined;
};

addEventListener("storage", ({ key, newValue }) => {
  const moved = key === KEY ? read(newValue) : undefined;
  if (moved === undefined || moved === index) return;
  index = moved;
  onMove();
});
