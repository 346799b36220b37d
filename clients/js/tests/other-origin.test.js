import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import puppeteer from "puppeteer-core";
import { withoutMode } from "./support/messages.js";
import { Player, play } from "./support/players.js";
import { Service } from "./support/service.js";
import { until } from "./support/until.js";

const BROWSERS = [
  { browser: "chrome", program: "chromium", args: ["--no-sandbox"] },
  { browser: "firefox", program: "firefox-esr" },
];

let frontEnd, origin, service;
before(async () => {
  frontEnd = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<!doctype html><title>Duel</title>"));
  await once(frontEnd.listen(0, "127.0.0.1"), "listening");
  origin = `http://127.0.0.1:${frontEnd.address().port}`;
  service = await Service.start({ ALLOWED_ORIGINS: origin, ACCESS_TOKEN_SECONDS: "3" });
});
after(async () => {
  frontEnd.close();
  await service.stop();
});

/** Run in the page of another origin: sign in, follow the challenge, and log what comes. */
async function followInPage(api, username, id) {
  const { authorizedFetch, connect } = await import(`${api}/static/client/index.js`);
  const send = (path, body) =>
    fetch(api + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  let tokens = await (await send("/api/v1/auth/login/", { username, password: "correct-horse-7" })).json();
  const log = (window.log = { messages: [], statuses: [], refused: [], streams: 0 });
  const token = async ({ refused }) => {
    if (refused !== null) log.refused.push(refused);
    if (tokens.access !== refused) return tokens.access;
    const answer = await send("/api/v1/auth/token/refresh/", { refresh: tokens.refresh });
    tokens = await answer.json();
    return tokens.access;
  };
  window.call = authorizedFetch(token);
  window.isRunOut = async () => {
    const headers = { Authorization: `Bearer ${tokens.access}` };
    return (await fetch(`${api}/api/v1/users/me/`, { headers })).status === 401;
  };
  window.connection = connect(`${api}/ar/sse/challenges/${id}/`, {
    token,
    fetch: (url, init) => {
      if (init.headers.Accept === "text/event-stream") log.streams += 1;
      return fetch(url, init);
    },
    onMessage: ({ type, payload }, { id: seq, mode }) => log.messages.push({ id: seq, type, payload, mode }),
    onStatus: (status, details) => log.statuses.push({ ...details, status }),
  });
}

for (const { program, ...options } of BROWSERS) {
  describe(program, () => {
    let browser;
    before(async () => {
      const executablePath = execFileSync("which", [program], { encoding: "utf8" }).trim();
      browser = await puppeteer.launch({ ...options, executablePath, headless: true });
    });
    after(() => browser?.close());

    async function openTab(username, id) {
      const page = await browser.newPage();
      await page.goto(origin);
      await page.evaluate(followInPage, service.url, username, id);
      await until(async () => (await logOf(page)).statuses.at(-1)?.status === "open", "the stream", 30_000);
      return page;
    }
    const logOf = (page) => page.evaluate(() => window.log);

    test("tabs of another origin play a duel on one stream, while their tokens run out", async () => {
      const [sara, fahad] = [await Player.register(service, "sara"), await Player.register(service, "fahad")];
      const created = await sara.challenge(fahad);
      const pages = [await openTab(sara.username, created.id), await openTab(sara.username, created.id)];
      const streams = await Promise.all(pages.map(async (page) => (await logOf(page)).streams > 0));
      assert.deepEqual(streams, [true, false]);
      await fahad.act(created.id, "accept");
      for (const page of pages) await until(() => page.evaluate(() => window.isRunOut()), "a token that ran out");
      const answers = await pages[0].evaluate(async (actions) => {
        window.connection.cut();
        const [ready, me] = await Promise.all([window.connection.send({ type: "mark_ready" }), window.call(actions)]);
        return [ready.user_status, me.status];
      }, `${service.url}/api/v1/users/me/`);
      assert.deepEqual(answers, ["ready", 200]);
      await play(sara, fahad, { isAccepted: true }, created);
      for (const page of pages) {
        await until(async () => (await logOf(page)).messages.at(-1).type === "challenge.end", "the end", 30_000);
        const { messages, refused } = await logOf(page);
        const [first, ...rest] = messages;
        assert.equal(first.mode, "snapshot");
        const expected = await sara.events(`challenges/${created.id}`, first.id, "/ar");
        assert.deepEqual(rest.map(withoutMode), expected);
        assert.equal(new Set(refused).size, refused.length);
      }
      assert.ok((await logOf(pages[0])).refused.length >= 1);
    });
  });
}
