/**
 * Report what happens to this page and its network (in Node nothing); return a function that ends
 * the reports.
 *
 * Browsers freeze hidden pages, or keep them for the back button (`onHide`), and may resume them
 * (`onShow`). Unless given, these count as a lost network and its return. Such a page may still receive
 * messages of other tabs while its own requests do not run. A page left for good reports `onUnload`.
 */
export function watchPage({
  onVisibilityChange,
  onDisconnect,
  onReconnect,
  onHide = () => onDisconnect("page_hidden"),
  onShow = onReconnect,
  onUnload = () => {},
}) {
  const target = globalThis.window;
  if (!target) return () => {};
  const listeners = [
    [target, "online", onReconnect],
    [target, "offline", () => onDisconnect("offline")],
    [target, "pagehide", (event) => (event.persisted ? onHide() : onUnload())],
    [target, "pageshow", (event) => event.persisted && onShow()],
    [target.document, "visibilitychange", onVisibilityChange],
    [target.document, "freeze", () => onHide()],
    [target.document, "resume", () => onShow()],
  ];
  for (const [on, name, listener] of listeners) on.addEventListener(name, listener);
  return () => {
    for (const [on, name, listener] of listeners) on.removeEventListener(name, listener);
  };
}
