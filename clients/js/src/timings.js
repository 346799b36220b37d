/** Time limits and delays in milliseconds. By default the service sends a heartbeat every 15 s. */
export const TIMINGS = Object.freeze({
  /** How often streams' time limits are checked, and staleness is reported. */
  tickMs: 1_000,
  /** A request for a stream that has brought no byte by now is taken for held back by a proxy: poll. */
  firstByteMs: 10_000,
  /** Silence from which on `staleForSeconds` is reported, and tabs ping their leader. */
  staleMs: 25_000,
  /** Silence after which a stream is taken for dead and replaced. */
  silentMs: 40_000,
  /** A stream that still carries bytes this long after its opening works: polling ends, retry delays begin again. */
  healthyMs: 10_000,
  /** Retry delays are random up to a bound: `retryMs` at first, doubled by each failure up to the cap. */
  retryMs: 1_000,
  retryCapMs: 30_000,
  /** How long the callback `token` may take. */
  tokenMs: 20_000,
  /** The time limit of one request for a page of events. */
  requestMs: 10_000,
  /**
   * The delay between polls is half of `pollMs`, and a random time up to a bound: `pollMs` at first,
   * doubled by each poll without news up to the cap.
   */
  pollMs: 1_000,
  pollCapMs: 15_000,
  /** As `retryMs` and `retryCapMs`, for attempts to stream while polling works. */
  probeMs: 15_000,
  probeCapMs: 120_000,
  /** How often the leading tab asks, where there are no locks, which tabs still live. */
  rollCallMs: 10_000,
});
