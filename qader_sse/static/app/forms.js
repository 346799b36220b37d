// What all forms of accounts do: say what is wrong at the field it is about, and show a password.

import { ApiError } from "./api.js";
import { $, runAction, setText } from "./rendering.js";

/**
 * Run a form's action as `runAction` does, with what was entered. What the service refuses is shown at
 * its field, and the first such field gets the focus; anything else is shown below the form.
 */
export const runForm = (form, pressed, action) =>
  runAction(pressed, form.querySelector("[role='alert']"), async () => {
    hidePasswords(form); // a browser that offers to keep one looks for such a field
    showErrors(form, {});
    try {
      await action(Object.fromEntries(new FormData(form)));
    } catch (error) {
      if (!(error instanceof ApiError && showErrors(form, error.errors))) throw error;
    }
  });

/** Show at each field what is wrong with it; return whether that is all there is to say. */
function showErrors(form, errors) {
  const fields = [...form.elements].filter(({ id }) => $(`${id}-problem`));
  for (const field of fields) {
    field.ariaInvalid = field.name in errors ? "true" : null;
    setText($(`${field.id}-problem`), [errors[field.name] ?? ""].flat().join(" "));
  }
  const wrong = fields.filter(({ name }) => name in errors);
  wrong[0]?.focus();
  return wrong.length > 0 && wrong.length === Object.keys(errors).length;
}

const showButtons = (part) => part.querySelectorAll("[data-action='show-password']");

function hidePasswords(form) {
  for (const pressed of showButtons(form)) showPassword(pressed, false);
}

function showPassword(pressed, isShown) {
  pressed.ariaPressed = String(isShown);
  $(pressed.getAttribute("aria-controls")).type = isShown ? "text" : "password";
}

for (const pressed of showButtons(document)) pressed.addEventListener("click", () => showPassword(pressed, pressed.ariaPressed !== "true"));
