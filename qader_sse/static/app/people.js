// Who sees the user online, and whom the user has blocked: parts of the lobby.

import { callApi, withRetries } from "./api.js";
import { nameAndUsername, shownName } from "./names.js";
import { $, button, el, renderInto, runAction } from "./rendering.js";
import { changePage } from "./steady.js";
import { text } from "./texts.js";

const ME = "api/v1/users/me/";
const BLOCKED = "api/v1/users/blocked/";
const blockPath = (username) => `api/v1/users/${encodeURIComponent(username)}/block/`;

const listed = $("listed-online");
const problem = $("people-problem");

export async function refreshPeople() {
  const found = await Promise.all([callApi("GET", ME), callApi("GET", BLOCKED)]).catch(() => null);
  if (!found) return;
  const [me, { results }] = found;
  listed.checked = me.listed_online;
  changePage(() => {
    $("blocked-people").hidden = results.length === 0;
    renderInto($("blocked"), results, () => results.map(blockedPerson));
  });
}

/** Block somebody; the call may be repeated, because blocking twice changes nothing. */
export async function block(username) {
  await withRetries(() => callApi("POST", blockPath(username)));
  refreshPeople();
}

function blockedPerson(user) {
  const { username } = user;
  const unblock = ({ currentTarget }) =>
    runAction(currentTarget, problem, async () => {
      await withRetries(() => callApi("DELETE", blockPath(username)));
      await refreshPeople();
    });
  const label = text("unblock_name", { name: shownName(user) });
  const attributes = { class: "quiet", "aria-label": label, "data-action": "unblock", "data-key": `unblock-${username}` };
  return el("li", { "data-blocked": username }, nameAndUsername(user), button(text("unblock"), unblock, attributes));
}

listed.addEventListener("change", () =>
  runAction(listed, problem, async () => {
    const wanted = listed.checked;
    try {
      await withRetries(() => callApi("PATCH", ME, { listed_online: wanted }));
    } catch (error) {
      listed.checked = !wanted;
      throw error;
    }
  }),
);
