import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

test("package.json lists every package that the modules import", () => {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(read("package.json"));
  const named = Object.keys({ ...dependencies, ...peerDependencies });
  const modules = readdirSync(new URL("../src/", import.meta.url), { recursive: true }).filter((file) => file.endsWith(".js"));
  const imported = modules.flatMap((file) => [...read(`src/${file}`).matchAll(/from "([^".][^"]*)"/g)]);
  assert.deepEqual([...new Set(imported.map(([, name]) => name))], named);
});
