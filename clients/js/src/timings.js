/** Time limits and delays in milliseconds. The service sends a heartbeat every 15 s. */
export const TIMINGS = Object.freeze({
  /** How often the limits below are checked. */
  tickMs: 1_000,
  /** A stream without a single byte after this time is held back by a proxy: poll. */
  firstByteMs: 10_000,
  /** Silence that is reported as `staleForSeconds`. */
  staleMs: 25_000,
  /** Silence after which a stream is taken for dead and replaced. */
  silentMs: 40_000,
  /** A stream that carries bytes this long after its opening works: retry delays begin again. */
  healthyMs: 10_000,
  /** The bound of the first retry delay; it doubles with each failure up to the cap. */
  retryMs: 1_000,
  retryCapMs: 30_000,
  /** The time limit of one request for a page of events. */
  requestMs: 10_000,
  /** The delay between polls; it grows up to the cap while there is nothing new. */
  pollMs: 1_000,
  pollCapMs: 15_000,
  /** While polling: the bound of the delay before the next attempt to stream, and its cap. */
  probeMs: 15_000,
  probeCapMs: 120_000,
  /** How often the leading tab asks, where there are no locks, which tabs still live. */
  rollCallMs: 10_000,
});
