import { now } from "../timing/clock.js";
import { openChannel } from "./channel.js";
import { randomId } from "./random-id.js";

const TICK_MS = 1_000;
// A new tab claims if no leader answers within this time. Leaders answer within milliseconds, also from
// a hidden page: browsers slow down its timers, but not its messages. A claim that comes too early costs
// a second stream until both leaders hear of each other.
const FIRST_CLAIM_MS = 250;
// After the leader has resigned, each candidate claims after a random part of this time, so that one is first.
const SUCCESSION_MS = 250;
// A leader whose page was killed sends nothing. After SILENCE_MS without a leader's message, a candidate
// asks who leads, and claims if no answer comes within a random time from ANSWER_MS to twice that.
const SILENCE_MS = 2_000;
const ANSWER_MS = 2_000;

/**
 * One tab's candidacy for leader where browsers have no locks, as on plain HTTP. A tab that hears
 * of no leader claims to lead. Two tabs may do so at the same moment, and both lead until they hear
 * of each other: then the tab with the lower claim gives way. A tab that replaces a leader claims a
 * higher term, so that a leader that was frozen gives way when it wakes. Of two claims with the
 * same term, the earlier one is the higher one.
 */
export class ChannelCandidate {
  #id = randomId();
  #channel;
  #callbacks;
  #claim = null; // {term, since, id} while this tab leads
  #highestTerm = 0;
  #heardAt = now();
  #claimTimer = null;
  #ticker;

  /** `callbacks` are `onElected` and `onDemoted`: this tab begins to lead, or ceases to. */
  constructor(name, callbacks) {
    this.#callbacks = callbacks;
    this.#channel = openChannel(`${name} election`);
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#askThenClaim(FIRST_CLAIM_MS);
  }

  takeOver() {
    this.#demote();
    this.#lead();
  }

  resign() {
    clearInterval(this.#ticker);
    this.#cancelClaim();
    if (this.#claim) this.#channel.postMessage({ kind: "resigned" });
    this.#demote();
    this.#channel.close();
  }

  #receive({ kind, claim }) {
    if (kind === "leading") this.#hearLeader(claim);
    else if (kind === "who_leads") this.#announce();
    else if (kind === "resigned" && !this.#claim) this.#claimAfter(Math.random() * SUCCESSION_MS);
  }

  #hearLeader(claim) {
    this.#heardAt = now();
    this.#highestTerm = Math.max(this.#highestTerm, claim.term);
    this.#cancelClaim();
    if (this.#claim && isHigher(claim, this.#claim)) this.#demote();
    else this.#announce(); // if this tab leads: the other one gives way
  }

  #tick() {
    const isSilent = now() - this.#heardAt > SILENCE_MS;
    if (!this.#claim && this.#claimTimer === null && isSilent) this.#askThenClaim(ANSWER_MS * (1 + Math.random()));
  }

  #askThenClaim(milliseconds) {
    this.#channel.postMessage({ kind: "who_leads" });
    this.#claimAfter(milliseconds);
  }

  #claimAfter(milliseconds) {
    this.#cancelClaim();
    this.#claimTimer = setTimeout(() => this.#lead(), milliseconds);
  }

  #cancelClaim() {
    clearTimeout(this.#claimTimer);
    this.#claimTimer = null;
  }

  #lead() {
    this.#cancelClaim();
    this.#highestTerm += 1;
    // `since` is compared between tabs, which read the same wall clock. If that was set between their
    // loads, the order may be wrong, but still one claim is the higher one.
    this.#claim = { term: this.#highestTerm, since: performance.timeOrigin + now(), id: this.#id };
    this.#announce();
    this.#callbacks.onElected();
  }

  #announce() {
    if (this.#claim) this.#channel.postMessage({ kind: "leading", claim: this.#claim });
  }

  #demote() {
    if (!this.#claim) return;
    this.#claim = null;
    this.#heardAt = now();
    this.#callbacks.onDemoted();
  }
}

function isHigher(one, other) {
  if (one.term !== other.term) return one.term > other.term;
  if (one.since !== other.since) return one.since < other.since;
  return one.id < other.id;
}
