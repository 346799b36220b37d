/**
 * Runs client programs in one browser, each in a page of its own at the origin that it follows:
 *
 *     node in_browser.js chromium|firefox-esr '{"cookie": …, "clients": [{"name", "program", "url"}]}'
 *
 * The pages are signed in by the cookie, or not at all if it is empty. A page's report goes to the standard output with the client's name.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import puppeteer from "puppeteer-core";

const KINDS = { chromium: { browser: "chrome", args: ["--no-sandbox"] }, "firefox-esr": { browser: "firefox" } };
// A page whose policy allows it to connect, and which opens no stream by itself as long as nobody is signed in.
const PAGE = "/en/inspect/";

const [program, plan] = process.argv.slice(2);
const { cookie, clients } = JSON.parse(plan);
const executablePath = execFileSync("which", [program], { encoding: "utf8" }).trim();
const browser = await puppeteer.launch({ ...KINDS[program], executablePath, headless: true });
const pages = [];
for (const client of clients) pages.push(await open(client));
if (cookie) await browser.setCookie({ name: "sessionid", value: cookie, domain: "127.0.0.1", path: "/" });
for (const [number, { program, url }] of clients.entries()) {
  await pages[number].evaluate(`${await bundle(program)}; client.follow(${JSON.stringify(url)}, { headers: {}, report })`);
}

async function open({ name, url }) {
  const page = await browser.newPage({ type: "window" }); // a tab behind another is hidden, and some libraries stop there
  page.on("pageerror", (error) => console.error(`${name}: ${error}`));
  await page.goto(`${new URL(url).origin.replace(/^ws/, "http")}${PAGE}`);
  await page.exposeFunction("report", (said) => console.log(JSON.stringify({ client: name, ...said })));
  return page;
}

async function bundle(program) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`${program}.js`, import.meta.url))],
    bundle: true,
    format: "iife",
    globalName: "client",
    write: false,
  });
  return outputFiles[0].text;
}

process.on("SIGTERM", async () => {
  await browser.close();
  process.exit();
});
