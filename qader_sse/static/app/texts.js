// The page's texts in its language, from the JSON that the page contains.

import { fillPlaceholders } from "../shared/placeholders.js";

const data = JSON.parse(document.getElementById("page-data").textContent);

export const { locale, demo_password: demoPassword, is_signed_in: isSignedIn, invite, search_minutes: searchMinutes } = data;

// In letters; as many fit on one line of a small phone.
const LONGEST_NAME = 24;

const plural = new Intl.PluralRules(locale);

export const text = (name, fields) => fill(data.texts[name], fields);

/** A text about a number, in the plural form that the language has for it. */
export const counted = (name, count) => fill(data.counted[name][plural.select(count)], { count });

/** Shorten a name to LONGEST_NAME, between two words if there are two: the longest would fill a phone's screen. */
function shortName(name) {
  const letters = [...name];
  if (letters.length <= LONGEST_NAME) return name;
  const kept = letters.slice(0, LONGEST_NAME).join("");
  return `${kept.slice(0, kept.lastIndexOf(" ") + 1).trim() || kept}…`;
}

/**
 * Fill a template. Fields that are strings are taken for names: they are shortened, and isolated, so
 * that an Arabic one does not reorder an English sentence.
 */
function fill(template, fields = {}) {
  const isolated = Object.entries(fields).map(([name, value]) => [name, typeof value === "string" ? isolate(value) : value]);
  return fillPlaceholders(template, Object.fromEntries(isolated));
}

const isolate = (name) => `\u2068${shortName(name)}\u2069`;
