// What the user wants of this browser: kept here, not in the account, since a phone and a computer differ.

const KEY = "qader-sse preferences";

/** `sound`: sounds and vibration; `notifications`: the browser's own. Both off until the user was asked. */
const DEFAULTS = { sound: false, notifications: false, wasAsked: false };

const listeners = new Set();

export const getPreference = (name) => stored()[name];

export function setPreference(name, value) {
  localStorage.setItem(KEY, JSON.stringify({ ...stored(), [name]: value }));
  tellListeners();
}

/** Switch notifications on, if the browser, which asks in its own words, allows them; or off. */
export async function setNotifications(isWanted) {
  const permission = isWanted && (await globalThis.Notification?.requestPermission());
  setPreference("notifications", permission === "granted");
}

/** Call `listener()` at every change, in this tab or another one. */
export function onPreferenceChange(listener) {
  listeners.add(listener);
}

function stored() {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return DEFAULTS; // another version, or another page of this host, wrote something else
  }
}

const tellListeners = () => listeners.forEach((listener) => listener());

addEventListener("storage", ({ key }) => key === KEY && tellListeners());
