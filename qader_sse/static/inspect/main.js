// The page at /inspect/: one of the user's streams, frame by frame, with buttons to cut and reconnect it.

import { connect } from "../client/index.js";
import { $, setText } from "../shared/dom.js";
import { fillPlaceholders } from "../shared/placeholders.js";
import { FrameAnalysis } from "./frame-analysis.js";
import { FrameTable } from "./frame-table.js";

const texts = JSON.parse($("texts").textContent);
// The path of the service, with the prefix under which the page is served, if any: /en/ or /ar/.
const BASE = document.body.dataset.base;
const STALE_AFTER_SECONDS = 25;

const fill = (name, fields) => fillPlaceholders(texts[name], fields);
const table = new FrameTable($("rows"), $("list-note"), fill);
let analysis, connection;

function followChosenStream() {
  connection?.close();
  table.clear();
  analysis = new FrameAnalysis();
  const own = analysis; // events of the stream before may still come, and are ignored
  const topic = $("stream").value;
  connection = connect(`${BASE}sse/challenges/${topic}/`, {
    shared: false, // show a stream of this page's own, not what another tab relays
    onFrame: (frame) => own === analysis && addFrame(frame),
    onStatus: (status, details) => own === analysis && setStatus(status, details ?? {}),
  });
  history.replaceState(null, "", `#${topic}`);
}

function addFrame(frame) {
  table.add(...analysis.addFrame(frame));
  showTotals();
}

function setStatus(status, details) {
  table.add(...analysis.setStatus(status, details));
  const stale = details.staleForSeconds > STALE_AFTER_SECONDS;
  const shown = stale ? "stale" : status === "open" && details.via === "polling" ? "polling" : status;
  const reason = [details.reason, details.status, details.detail].filter(Boolean).join(", ");
  const text = fill(shown, { seconds: Math.round(details.staleForSeconds) }) + (reason && ` (${reason})`);
  setText($("status"), text);
  $("status").dataset.status = shown;
  const stopped = status === "closed";
  $("stop").textContent = texts[stopped ? "start" : "stop"];
  for (const id of ["cut", "reconnect"]) $(id).disabled = stopped;
  showTotals();
}

function showTotals() {
  for (const slot of document.querySelectorAll("[data-total]")) {
    const text = String(analysis.totals[slot.dataset.total] ?? "–");
    setText(slot, text);
    slot.classList.toggle("bad", ["gaps", "repeats"].includes(slot.dataset.total) && text !== "0");
  }
}

async function loadChallenges() {
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

function chooseFromAddress() {
  const wanted = location.hash.slice(1);
  const isOffered = [...$("stream").options].some((option) => option.value === wanted);
  $("stream").value = isOffered ? wanted : "notifications";
  followChosenStream();
}

$("stream").addEventListener("change", followChosenStream);
$("cut").addEventListener("click", () => connection.cut());
$("reconnect").addEventListener("click", () => connection.reconnect());
$("stop").addEventListener("click", () => (connection.status === "closed" ? followChosenStream() : connection.close()));
$("clear").addEventListener("click", () => table.clear());
$("pause").addEventListener("click", ({ currentTarget: button }) => {
  table.isPaused = !table.isPaused;
  button.ariaPressed = table.isPaused;
  button.textContent = texts[table.isPaused ? "resume" : "pause"];
});

await loadChallenges().catch(() => ($("problem").textContent = texts.lists_failed));
addEventListener("hashchange", chooseFromAddress);
chooseFromAddress();
