import { el } from "./rendering.js";

/** The first letter of a player's name. Screen readers skip it: the name is beside it. */
export function avatar({ username }, side) {
  const letter = [...username][0].toUpperCase();
  return el("span", { class: "avatar", "data-side": side, "aria-hidden": "true" }, letter);
}
