/**
 * Says when the world has changed for this page; returns how to stop. `hide` and `show` are about
 * pages that are put away whole: frozen, or kept for the button that goes back. Such a page may still
 * hear other tabs while its own requests stand still.
 */
export function onWaking({ look, lose, hurry, hide = () => lose("page_hidden"), show = hurry }) {
  const target = globalThis.window;
  if (!target) return () => {};
  const listeners = [
    [target, "online", hurry],
    [target, "offline", () => lose("offline")],
    [target, "pagehide", (event) => event.persisted && hide()],
    [target, "pageshow", (event) => event.persisted && show()],
    [target.document, "visibilitychange", look],
    [target.document, "freeze", () => hide()],
    [target.document, "resume", () => show()],
  ];
  for (const [where, name, listener] of listeners) where.addEventListener(name, listener);
  return () => {
    for (const [where, name, listener] of listeners) where.removeEventListener(name, listener);
  };
}
