/**
 * Open the channel between the tabs of one origin. A browser without BroadcastChannel gets one that
 * stays within this page, so that its connections share a stream at least.
 */
export const openChannel = (name) =>
  globalThis.BroadcastChannel ? new BroadcastChannel(name) : new PageChannel(name);

const open = new Set();

/** As much of a BroadcastChannel as tabs use. */
class PageChannel {
  onmessage = () => {};
  #name;

  constructor(name) {
    this.#name = name;
    open.add(this);
  }

  postMessage(data) {
    const sent = JSON.stringify(data); // each receiver gets a copy, as between tabs
    for (const other of open) {
      if (other !== this && other.#name === this.#name) {
        queueMicrotask(() => open.has(other) && other.onmessage({ data: JSON.parse(sent) }));
      }
    }
  }

  close() {
    open.delete(this);
  }
}
