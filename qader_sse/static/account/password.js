// A new password: of who is signed in at /account/, or by an operator's link at /reset/.

import { callApi } from "../app/api.js";
import { runForm } from "../app/forms.js";
import { $, setText } from "../app/rendering.js";

const form = $("password");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  runForm(form, event.submitter, async ({ old_password, new_password }) => {
    const answer = await callApi("POST", `api/v1/auth/${form.dataset.path}`, bodyOf(old_password, new_password));
    form.reset();
    setText(form.querySelector("[role='status']"), answer.detail);
    form.dispatchEvent(new Event("changed"));
  });
});

/** The secret of a link stands behind its #, which the browser sends to nobody. */
const bodyOf = (old_password, new_password) =>
  old_password === undefined ? { token: location.hash.slice(1), new_password } : { old_password, new_password };
