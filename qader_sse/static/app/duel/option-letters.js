// The letters of the options: A to D on the wire and in English, أ ب ج د in Arabic. Keys follow both.

export const CHOICES = ["A", "B", "C", "D"];

const LETTERS = { en: CHOICES, ar: ["أ", "ب", "ج", "د"] };
const KEYS = ["Aa1١أا", "Bb2٢ب", "Cc3٣ج", "Dd4٤د"];

/** The letter that stands before an option on a page in this language. */
export const optionLetter = (choice, locale) => LETTERS[locale][CHOICES.indexOf(choice)];

/** The option for a key: its letter or number, on an Arabic keyboard also by its position; undefined for any other. */
export function optionOf({ key, code }) {
  const isArabic = /[\u0600-\u06ff]/.test(key);
  return (
    CHOICES.find((_, index) => [...KEYS[index]].includes(key)) ??
    CHOICES.find((choice, index) => isArabic && [`Key${choice}`, `Digit${index + 1}`].includes(code))
  );
}
