// The page's streams, and what the header tells of them.

import { connect } from "../client/index.js";
import { announce, say } from "./rendering.js";
import { BASE } from "./api.js";
import { check } from "./session.js";
import { counted, text } from "./texts.js";

// A connection that is back within this time is not worth a word.
const GRACE_MS = 1500;
// Before a stream that was refused is asked for once more.
const AGAIN_MS = 1000;

const shown = document.querySelector(".connection");
const states = new Map(); // of each open stream: [status, details]
let later;

/** Follow a stream until `close`; `on` as connect() takes it. */
export function follow(path, { onMessage, onStatus }) {
  const key = Symbol(path);
  let isClosed = false;
  const open = () => connect(BASE + path, { shared: true, onMessage, onStatus: told });
  let connection = open();
  return {
    close() {
      isClosed = true;
      states.delete(key);
      connection.close();
      tell();
    },
  };

  function told(status, details = {}) {
    if (isClosed) return;
    states.set(key, [status, details]);
    tell();
    if (status === "closed" && details.status === 401) refused();
    onStatus?.(status, details);
  }

  /** Signed out, or it was the stream of who was here before: another tab may still have had that. */
  async function refused() {
    if (!(await check())) return;
    setTimeout(() => isClosed || (connection = open()), AGAIN_MS);
  }
}

function tell() {
  clearTimeout(later);
  const [state, words] = worst();
  shown.hidden = states.size === 0;
  const change = () => {
    const before = shown.dataset.connection;
    // What is seen in passing must be heard: that it broke, and that it is back.
    if (state !== before && before !== "connecting" && !shown.hidden) announce(words);
    shown.dataset.connection = state;
    say(shown, words);
  };
  const isCalm = state === "live" || shown.dataset.connection !== "live";
  if (isCalm) change();
  else later = setTimeout(change, GRACE_MS);
}

function worst() {
  const all = [...states.values()];
  // Closed with 204 is a stream that has told everything.
  const lost = all.filter(([status, { status: code }]) => status === "closed" && code >= 400);
  const away = all.filter(([status]) => ["connecting", "closing", "error"].includes(status));
  const stale = Math.max(0, ...all.map(([, { staleForSeconds }]) => staleForSeconds ?? 0));
  if (lost.length) return ["ended", text("connection_ended")];
  if (stale) return ["stale", counted("stale", Math.round(stale))];
  if (away.length) {
    const before = shown.dataset.connection === "connecting" ? "connecting" : "reconnecting";
    return [before, text(before)];
  }
  return ["live", text(all.some(([, { via }]) => via === "polling") ? "polling" : "live")];
}
