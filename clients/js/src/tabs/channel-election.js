import { now } from "../timing/clock.js";
import { openChannel } from "./channel.js";
import { randomId } from "./random-id.js";

const TICK_MS = 1_000;
// A leader answers within milliseconds, also from a hidden page: browsers slow down its timers, but
// not its messages. A claim that comes too early costs a second stream until both hear of each other.
const FIRST_CLAIM_MS = 250;
// After the leader has resigned, candidates claim at random within this time, so that one is first.
const SUCCESSION_MS = 250;
// A leader whose page was killed says nothing. It is asked after this silence, and replaced if it
// does not answer for once to twice this time.
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

  /** `callbacks` are `onElected` and `onDemoted`. */
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
    // Tabs of one machine read one wall clock. If it is set meanwhile, the claims still differ.
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
