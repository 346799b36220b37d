import assert from "node:assert/strict";
import { test } from "node:test";

import { shownName } from "../../qader_sse/static/app/names.js";

test("a person is called by the first of their names that is known", () => {
  const user = { username: "sara", full_name: "سارة بنت سعد", preferred_name: "سارة" };
  assert.equal(shownName(user), "سارة");
  assert.equal(shownName({ ...user, preferred_name: null }), "سارة بنت سعد");
  assert.equal(shownName({ ...user, preferred_name: "", full_name: null }), "sara");
});
