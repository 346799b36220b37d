// How the two of a duel are named before it: the viewer's own name needs no username to be told from others.

import { nameAndUsername, nameElement } from "../names.js";
import { el } from "../rendering.js";
import { text } from "../texts.js";

export const sideName = (user, side) => (side === "mine" ? [nameElement(user), el("span", {}, `(${text("you")})`)] : [nameAndUsername(user)]);
