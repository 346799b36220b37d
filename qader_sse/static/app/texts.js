// What the page says, from the JSON that comes with it.

const data = JSON.parse(document.getElementById("page-data").textContent);

export const { locale, demo_password: demoPassword, is_signed_in: isSignedIn } = data;

// In characters: as long as an e-mail address is now and then.
const LONGEST_NAME = 32;

const category = new Intl.PluralRules(locale);

export const text = (name, fields) => fill(data.texts[name], fields);

/** A text about a number, in the form that the language has for it. */
export const counted = (name, count) => fill(data.counted[name][category.select(count)], { count });

/** Enough of a name to know somebody by: the longest ones would fill a phone's screen. */
export function shortName(name) {
  const letters = [...name];
  return letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME).join("")}…` : name;
}

/** Names are isolated: one in the other direction must not turn the sentence around it. */
function fill(template, fields = {}) {
  return template.replace(/%\((\w+)\)s/g, (_, name) => {
    const value = fields[name];
    return typeof value === "string" ? `\u2068${shortName(value)}\u2069` : value;
  });
}
