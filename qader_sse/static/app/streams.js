// The page's streams, and the connection status that the header shows for all of them.

import { connect } from "../client/index.js";
import { BASE } from "./api.js";
import { announce, setText } from "./rendering.js";
import { recheckUser } from "./session.js";
import { noFingerDown } from "./steady.js";
import { counted, text } from "./texts.js";

// The header does not show a loss that is shorter than this.
const GRACE_MS = 1500;
// The delay before a stream refused with 401 is opened again, as long as its user seems still signed in.
const REOPEN_MS = 1000;

const header = document.querySelector(".connection");
const statuses = new Map(); // of each open stream: [status, details]
let graceTimer;

/** Follow a stream until `close()`; the callbacks are those of the client's `connect`. */
export function followStream(path, { onMessage, onStatus }) {
  const key = Symbol(path);
  let isClosed = false;
  const receive = async (message) => {
    await noFingerDown();
    if (!isClosed) onMessage(message);
  };
  const open = () => connect(BASE + path, { shared: true, onMessage: receive, onStatus: statusChanged });
  let connection = open();
  return {
    close() {
      isClosed = true;
      statuses.delete(key);
      connection.close();
      updateHeader();
    },
  };

  function statusChanged(status, details = {}) {
    if (isClosed) return;
    statuses.set(key, [status, details]);
    updateHeader();
    if (status === "closed" && details.status === 401) reopenIfSignedIn();
    onStatus?.(status, details);
  }

  /** Open again after a 401: it may have been for a stream of the previous user, which another tab still held. */
  async function reopenIfSignedIn() {
    if (!(await recheckUser())) return;
    setTimeout(() => isClosed || (connection = open()), REOPEN_MS);
  }
}

function updateHeader() {
  header.hidden = statuses.size === 0;
  const isNewLoss = worstState()[0] !== "live" && header.dataset.connection === "live";
  // The time runs from the loss on: each attempt to connect again brings further statuses.
  if (isNewLoss) graceTimer ??= setTimeout(showStatus, GRACE_MS);
  else showStatus();
}

function showStatus() {
  clearTimeout(graceTimer);
  graceTimer = undefined;
  const [state, label] = worstState();
  const before = header.dataset.connection;
  // Screen readers hear what others see: that the connection broke, and that it is back. They do not
  // hear that it opened for the first time.
  if (state !== before && before !== "connecting" && !header.hidden) announce(label);
  header.dataset.connection = state;
  setText(header, label);
}

function worstState() {
  const all = [...statuses.values()];
  // A stream closed with 204 is not lost: its topic is over.
  const lost = all.filter(([status, { status: code }]) => status === "closed" && code >= 400);
  const disconnected = all.filter(([status]) => ["connecting", "closing", "error"].includes(status));
  const stale = Math.max(0, ...all.map(([, { staleForSeconds }]) => staleForSeconds ?? 0));
  if (lost.length) return ["ended", text("connection_ended")];
  if (stale) return ["stale", counted("stale", Math.round(stale))];
  if (disconnected.length) {
    const state = header.dataset.connection === "connecting" ? "connecting" : "reconnecting";
    return [state, text(state)];
  }
  return ["live", text(all.some(([, { via }]) => via === "polling") ? "polling" : "live")];
}
