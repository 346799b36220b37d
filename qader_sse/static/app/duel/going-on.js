// In a speed duel the next question comes by itself, a moment after the verdict: long enough to see
// it, and short, since the time is running. "Next" may be pressed before.

const MOMENT_MS = 800;

let from, timer;

/** Call `goOn()` in a moment, once for each question: rendering it again does not delay it. */
export function goOnSoon(questionId, goOn) {
  if (from === questionId) return;
  stayHere();
  from = questionId;
  timer = setTimeout(goOn, MOMENT_MS);
}

export function stayHere() {
  clearTimeout(timer);
  from = undefined;
}
