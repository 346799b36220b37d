// The page at /inspect/: one stream of one's own, raw, and what becomes of it when it is cut.

import { $, say } from "../shared/dom.js";
import { connect } from "../client/index.js";
import { Ledger } from "./frame-analysis.js";
import { Rows } from "./frame-table.js";

const texts = JSON.parse($("texts").textContent);
// The page may be served under a prefix (/en/, /ar/).
const BASE = document.body.dataset.base;
const STALE_AFTER_SECONDS = 25;

const fill = (name, fields = {}) => texts[name].replace(/%\((\w+)\)s/g, (_, field) => fields[field]);
const rows = new Rows($("rows"), $("list-note"), fill);
let ledger, connection;

function watch() {
  connection?.close();
  rows.clear();
  ledger = new Ledger();
  const mine = ledger; // what still comes of the stream before is not this one's
  const topic = $("stream").value;
  connection = connect(`${BASE}sse/challenges/${topic}/`, {
    shared: false, // the raw thing, whatever other tabs do
    onFrame: (frame) => mine === ledger && heard(frame),
    onStatus: (status, details) => mine === ledger && changed(status, details ?? {}),
  });
  history.replaceState(null, "", `#${topic}`);
}

function heard(frame) {
  rows.add(...ledger.frame(frame));
  showTotals();
}

function changed(status, details) {
  rows.add(...ledger.status(status, details));
  const stale = details.staleForSeconds > STALE_AFTER_SECONDS;
  const shown = stale ? "stale" : status === "open" && details.via === "polling" ? "polling" : status;
  const why = [details.reason, details.status, details.detail].filter(Boolean).join(", ");
  const text = fill(shown, { seconds: Math.round(details.staleForSeconds) }) + (why && ` (${why})`);
  say($("status"), text);
  $("status").dataset.status = shown;
  const stopped = status === "closed";
  $("stop").textContent = texts[stopped ? "start" : "stop"];
  for (const id of ["cut", "reconnect"]) $(id).disabled = stopped;
  showTotals();
}

function showTotals() {
  for (const slot of document.querySelectorAll("[data-total]")) {
    const text = String(ledger.totals[slot.dataset.total] ?? "–");
    say(slot, text);
    slot.classList.toggle("bad", ["gaps", "repeats"].includes(slot.dataset.total) && text !== "0");
  }
}

async function listChallenges() {
  const response = await fetch(`${BASE}api/v1/challenges/challenges/?page_size=50`);
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const { results } = await response.json();
  const options = results.map((challenge) => {
    const players = [challenge.challenger, challenge.opponent].map((player) => player?.username ?? texts.nobody_yet);
    const label = fill("challenge", {
      number: challenge.id,
      players: players.join(" – "),
      type: challenge.challenge_type_display,
      status: challenge.status_display,
    });
    return new Option(label, challenge.id);
  });
  $("stream").append(...options);
}

function chooseByAddress() {
  const wanted = location.hash.slice(1);
  const isOffered = [...$("stream").options].some((option) => option.value === wanted);
  $("stream").value = isOffered ? wanted : "notifications";
  watch();
}

$("stream").addEventListener("change", watch);
$("cut").addEventListener("click", () => connection.cut());
$("reconnect").addEventListener("click", () => connection.reconnect());
$("stop").addEventListener("click", () => (connection.status === "closed" ? watch() : connection.close()));
$("clear").addEventListener("click", () => rows.clear());
$("pause").addEventListener("click", ({ currentTarget: button }) => {
  rows.isPaused = !rows.isPaused;
  button.ariaPressed = rows.isPaused;
  button.textContent = texts[rows.isPaused ? "resume" : "pause"];
});

await listChallenges().catch(() => ($("problem").textContent = texts.lists_failed));
addEventListener("hashchange", chooseByAddress);
chooseByAddress();
