// What the page says, from the JSON that comes with it.

const data = JSON.parse(document.getElementById("page-data").textContent);

export const { locale, demo_password: demoPassword, is_signed_in: isSignedIn } = data;

const category = new Intl.PluralRules(locale);

export const text = (name, fields) => fill(data.texts[name], fields);

/** A text about a number, in the form that the language has for it. */
export const counted = (name, count) => fill(data.counted[name][category.select(count)], { count });

/** Names are isolated: one in the other direction must not turn the sentence around it. */
function fill(template, fields = {}) {
  return template.replace(/%\((\w+)\)s/g, (_, name) => {
    const value = fields[name];
    return typeof value === "string" ? `\u2068${value}\u2069` : value;
  });
}
