import { el } from "../shared/dom.js";
import { shownName } from "./names.js";

const COLOURS = 8;
const SHAPES = 4;
const UNKNOWN = document.documentElement.lang === "ar" ? "؟" : "?";

/**
 * A person's picture, or what is drawn in its place: the first letter of the name, in a colour and a
 * shape that follow from the id. `user` is null while nobody is known. Screen readers skip it: the
 * name is beside it.
 */
export function avatar(user, side) {
  // Multiplied by this, ids that follow each other lie far apart (Knuth).
  const chance = Math.imul(user?.id ?? 0, 0x9e3779b1) >>> 0;
  return el(
    "span",
    {
      class: "avatar",
      "data-side": side,
      "data-colour": user && chance % COLOURS,
      "data-shape": user && (chance >>> 16) % SHAPES,
      "aria-hidden": "true",
    },
    user ? initial(shownName(user)) : UNKNOWN,
    user?.profile_picture_url && picture(user.profile_picture_url),
  );
}

const initial = (name) => (/\p{L}|\p{N}/u.exec(name)?.[0] ?? UNKNOWN).toUpperCase();

/** A picture over the letter, which remains where the picture cannot be loaded or is not allowed. */
function picture(src) {
  const image = el("img", { src, alt: "", decoding: "sync", draggable: "false" });
  image.addEventListener("error", () => image.remove());
  return image;
}
