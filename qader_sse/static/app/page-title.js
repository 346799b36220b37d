// The page's title, which says what waits for the user: another tab shows nothing else of this page.

import { text } from "./texts.js";

let inviteCount = 0;
let duel = "";

/** Show how many invites wait for an answer: "(2) …". */
export function titleInvites(count) {
  inviteCount = count;
  render();
}

/** Show the state of the open duel in a few words; "" if none is open. */
export function titleDuel(words) {
  duel = words;
  render();
}

function render() {
  const title = [duel, text("title")].filter(Boolean).join(" · ");
  const shown = inviteCount ? `(${inviteCount}) ${title}` : title;
  if (document.title !== shown) document.title = shown;
}
