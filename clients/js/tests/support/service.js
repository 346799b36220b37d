/** The real service of this checkout, on a free port, with a database of its own. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const ROOT = join(fileURLToPath(import.meta.url), "../../../../..");
export const BIN = join(ROOT, ".venv/bin");

export class Service {
  #folder = mkdtempSync(join(tmpdir(), "qader-js-"));
  #process;

  static async start(settings = {}) {
    const service = new Service();
    await service.#start(settings);
    return service;
  }

  async #start(settings) {
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    const log = join(this.#folder, "log");
    const env = {
      ...process.env,
      HOST: "127.0.0.1",
      PORT: String(this.port),
      DATABASE_URL: `sqlite:///${this.#folder}/qader.sqlite3`,
      SECRET_KEY: "tests-of-the-client",
      PASSWORD_HASH_METHOD: "pbkdf2:sha256:1",
      FAIR_SHARES: "false", // tests do in a second what people do in a day
      ...settings,
    };
    execFileSync(join(BIN, "flask"), ["--app", "wsgi", "set-up"], { cwd: ROOT, env });
    const output = openSync(log, "a");
    this.#process = spawn(join(BIN, "gunicorn"), ["wsgi:app"], { cwd: ROOT, env, stdio: ["ignore", output, output] });
    for (let tries = 0; !(await this.#answers()); tries += 1) {
      if (tries > 300 || this.#process.exitCode !== null) {
        throw new Error(`the service did not start:\n${readFileSync(log, "utf8")}`);
      }
      await wait(100);
    }
  }

  async #answers() {
    try {
      return (await fetch(`${this.url}/livez`)).ok;
    } catch {
      return false;
    }
  }

  /** Begin to replace the workers as a deploy does: the old ones drain their streams. Does not wait for it. */
  async restartWorkers() {
    this.#process.kill("SIGHUP");
  }

  async stop() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGINT");
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

// Below 32768, where the kernel takes the ports of outgoing connections from.
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const isFree = await new Promise((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
