import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withoutMode } from "./support/messages.js";
import { Player } from "./support/players.js";
import { Service } from "./support/service.js";
import { until } from "./support/until.js";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const ORIGIN = "https://front.example";
const run = promisify(execFile);
const read = (path) => readFileSync(join(PACKAGE, path), "utf8");

let folder, packed;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "qader-package-"));
  const [{ filename, files }] = JSON.parse(npm(PACKAGE, "pack", "--json", "--pack-destination", folder));
  packed = { filename, files: files.map(({ path }) => path) };
  npm(folder, "install", `./${filename}`);
  cpSync(join(PACKAGE, "tests/sample"), folder, { recursive: true });
});
after(() => rmSync(folder, { recursive: true }));

// It has no dependencies, so nothing comes from a registry.
function npm(cwd, ...command) {
  const options = ["--offline", "--no-audit", "--no-fund", "--no-update-notifier"];
  return execFileSync("npm", [...command, ...options], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

test("package.json lists every package that the modules import", () => {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(read("package.json"));
  const named = Object.keys({ ...dependencies, ...peerDependencies });
  const modules = readdirSync(join(PACKAGE, "src"), { recursive: true }).filter((file) => file.endsWith(".js"));
  const imported = modules.flatMap((file) => [...read(`src/${file}`).matchAll(/from "([^".][^"]*)"/g)]);
  assert.deepEqual([...new Set(imported.map(([, name]) => name))], named);
});

test("the package holds the modules and their types, and nothing else but what describes it", () => {
  const sources = readdirSync(join(PACKAGE, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, path, name }) => join(parentPath ?? path, name).slice(PACKAGE.length));
  assert.deepEqual(packed.files.sort(), ["README.md", "package.json", ...sources].sort());
  assert.ok(read("README.md").includes(packed.filename));
});

for (const resolution of ["bundler", "nodenext"]) {
  test(`installed in an empty folder, its types are known to TypeScript at its strictest (${resolution})`, async () => {
    const module = resolution === "bundler" ? "esnext" : resolution;
    const options = ["--project", folder, "--moduleResolution", resolution, "--module", module];
    const tsc = join(PACKAGE, "node_modules/typescript/bin/tsc");
    const { stdout } = await run(process.execPath, [tsc, ...options]).catch((error) => error);
    assert.equal(stdout, "");
  });
}

test("installed in an empty folder, it plays a duel from another origin while its token runs out", async (context) => {
  const service = await Service.start({ ACCESS_TOKEN_SECONDS: "3", ALLOWED_ORIGINS: ORIGIN });
  context.after(() => service.stop());
  const [sara, fahad] = [await Player.register(service, "sara"), await Player.register(service, "fahad")];
  const { id } = await sara.challenge(fahad);
  await fahad.act(id, "accept");
  await fahad.act(id, "ready");
  const sample = run(process.execPath, ["duel.mjs", service.url, sara.username, "correct-horse-7", String(id), ORIGIN], { cwd: folder });
  const isOngoing = async () => (await fahad.detail(id)).status === "ongoing";
  await Promise.race([until(isOngoing, "the start", 60_000), sample]); // which throws if it fails
  for (const question of (await fahad.detail(id)).questions) await fahad.answer(id, question.id, "B");
  const { received, refused } = JSON.parse((await sample).stdout);

  const [first, ...rest] = received;
  assert.equal(first.mode, "snapshot");
  const events = await sara.events(`challenges/${id}`, first.id);
  assert.deepEqual(rest.map(withoutMode), events.map(({ type, id: seq }) => ({ id: seq, type, payload: undefined })));
  assert.ok(refused.length >= 1);
  assert.equal(new Set(refused).size, refused.length);
});
