// How a person is named, wherever one is shown.

import { el } from "../shared/dom.js";

/** What a person wants to be called; else their name, where it may be seen; else their username. */
export const shownName = ({ preferred_name, full_name, username }) => preferred_name || full_name || username;

/** A shown name as an element. Its direction does not affect the text around it. */
export const nameElement = (user) => el("bdi", { class: "shown-name" }, shownName(user));

/** The username, if it is not what is shown. Several may be called the same, and nobody checks what they write. */
export const ownUsername = (user) => user.username !== shownName(user) && el("bdi", { class: "username hint" }, user.username);

/** Name and username, for wherever people choose with whom they play. */
export const nameAndUsername = (user) => el("span", { class: "who" }, nameElement(user), ownUsername(user));
