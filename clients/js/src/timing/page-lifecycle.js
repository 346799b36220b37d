/**
 * Report what happens to this page and its network; returns a function that stops it.
 *
 * Browsers freeze hidden pages, or keep them for the back button (`onHide`, `onShow`). Such a page
 * may still receive messages of other tabs while its own requests stand still.
 */
export function watchPage({
  onVisibilityChange,
  onDisconnect,
  onReconnect,
  onHide = () => onDisconnect("page_hidden"),
  onShow = onReconnect,
}) {
  const target = globalThis.window;
  if (!target) return () => {};
  const listeners = [
    [target, "online", onReconnect],
    [target, "offline", () => onDisconnect("offline")],
    [target, "pagehide", (event) => event.persisted && onHide()],
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
