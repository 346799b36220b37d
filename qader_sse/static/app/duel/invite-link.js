// The link of an invite that whoever gets it may accept: its address and its QR code, for the challenger.

import { ApiError, callApi, challengePath, withRetries } from "../api.js";
import { $, button, el, setText } from "../rendering.js";
import { changePage } from "../steady.js";
import { text } from "../texts.js";

const COPIED_MS = 2000;

const panel = $("invite-link");
let shownFor; // the id of the challenge whose link is shown

/** Show the link of this challenge, if it is an open invite by link of the viewer's. */
export async function renderInviteLink({ id, status, opponent }) {
  const isOpen = status === "pending_invite" && !opponent;
  panel.hidden = !isOpen;
  if (!isOpen || shownFor === id) return;
  shownFor = id;
  panel.replaceChildren();
  try {
    fill(id, linkParts(await withRetries(() => callApi("GET", challengePath(id, "link/")))));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    fill(id, [el("p", { class: "problem", role: "alert" }, error.message)]);
    if (shownFor === id) shownFor = undefined; // the next message tries again
  }
}

/** Show this, unless another invite was opened while it was loaded. */
const fill = (id, parts) => shownFor === id && changePage(() => panel.replaceChildren(...parts));

function linkParts({ url, qr_svg }) {
  const field = el("input", { value: url, readonly: true, dir: "ltr", "aria-label": text("link"), onclick: ({ target }) => target.select() });
  const copied = el("p", { class: "hint", role: "status" });
  const copyButton = button(text("copy"), () => copy(field, copied), { "data-action": "copy" });
  const shareButton = navigator.share && button(text("share"), () => share(url), { class: "main", "data-action": "share" });
  return [qrCode(qr_svg), el("p", { class: "joined" }, field, copyButton), copied, ...(shareButton ? [shareButton] : [])];
}

function qrCode(svg) {
  const image = document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true);
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", text("qr_code"));
  return image;
}

async function copy(field, copied) {
  field.select();
  // Browsers have no clipboard on plain HTTP, such as on a school's own network; the old way works there.
  const isCopied = navigator.clipboard ? await navigator.clipboard.writeText(field.value).then(() => true, () => false) : document.execCommand("copy");
  setText(copied, isCopied ? text("copied") : "");
  setTimeout(() => setText(copied, ""), COPIED_MS);
}

// Whoever changes their mind in the share sheet makes it fail, which is none of the page's business.
const share = (url) => navigator.share({ title: document.title, text: text("share_text"), url }).catch(() => {});
