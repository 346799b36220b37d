// The colours of all pages in this browser.

const YEAR_SECONDS = 365 * 24 * 3600;
const MEDIA = { system: "(prefers-color-scheme: dark)", light: "not all", dark: "all" };

/** Use "light" or "dark" colours, or those of the "system": here at once, and in what the service sends from now on. */
export function chooseTheme(name) {
  const isChosen = name !== "system";
  document.cookie = `theme=${name}; path=/; max-age=${isChosen ? YEAR_SECONDS : 0}; samesite=lax`;
  document.querySelector("link[href$='app/dark.css']").media = MEDIA[name];
  document.querySelector("meta[name='color-scheme']").content = isChosen ? name : "light dark";
}
