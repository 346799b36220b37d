/** Milliseconds. The service sends something at least every 15 s. */
export const TIMINGS = Object.freeze({
  tickMs: 1_000,
  firstByteMs: 10_000,
  staleMs: 25_000,
  silentMs: 40_000,
  healthyMs: 10_000,
  retryMs: 1_000,
  retryCapMs: 30_000,
  requestMs: 10_000,
  pollMs: 1_000,
  pollCapMs: 15_000,
  probeMs: 15_000,
  probeCapMs: 120_000,
});
