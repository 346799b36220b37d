// The colours of all pages in this browser.

// The path of the service in any language, as all of its pages need the cookie.
const PATH = new URL("../..", import.meta.url).pathname.replace(/\/(en|ar)\/$/, "/");
const YEAR_SECONDS = 365 * 24 * 3600;
const MEDIA = { system: "(prefers-color-scheme: dark)", light: "not all", dark: "all" };

const tabs = new BroadcastChannel("qader-sse theme");

/** Use "light" or "dark" colours, or those of the "system": in all tabs at once, and in what the service sends from now on. */
export function chooseTheme(name) {
  document.cookie = `theme=${name}; path=${PATH}; max-age=${name === "system" ? 0 : YEAR_SECONDS}; samesite=lax`;
  show(name);
  tabs.postMessage(name);
}

function show(name) {
  for (const part of document.querySelectorAll("[data-theme='dark']")) part.media = MEDIA[name];
  document.querySelector("meta[name='color-scheme']").content = name === "system" ? "light dark" : name;
}

tabs.onmessage = ({ data }) => show(data);
