/**
 * Open the channel between the tabs of one origin. In a browser without BroadcastChannel it
 * stays within this page, so that at least the page's connections share a stream.
 */
export const openChannel = (name) =>
  globalThis.BroadcastChannel ? new BroadcastChannel(name) : new PageChannel(name);

const open = new Set();

/** The part of a BroadcastChannel that this folder uses, within one page. */
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
