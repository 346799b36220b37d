// A front end without a page: plays a duel by the package alone, with tokens that run out on the way.
// Prints what it received, as JSON.
import { authorizedFetch, connect } from "qader-sse-client";

const [, , api, username, password, challengeId, origin] = process.argv;
const asked = [];
let tokens;

const send = (path, body) =>
  fetch(api + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: origin },
    body: JSON.stringify(body),
  });

async function token({ refused }) {
  asked.push(refused);
  if (tokens.access !== refused) return tokens.access;
  const response = await send("/api/v1/auth/token/refresh/", { refresh: tokens.refresh });
  if (response.status === 401) return null;
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  tokens = await response.json();
  return tokens.access;
}

/** The global `fetch`, from a page of another origin; throws where a browser would not show the answer. */
async function fetchFromPage(url, init) {
  const response = await fetch(url, { ...init, headers: { ...init.headers, Origin: origin } });
  const shown = response.headers.get("access-control-allow-origin");
  if (shown !== origin) throw new TypeError(`${url} may be read by ${shown} only`);
  return response;
}

tokens = await (await send("/api/v1/auth/login/", { username, password })).json();
const call = authorizedFetch(token, { fetch: fetchFromPage });
const actions = `${api}/api/v1/challenges/challenges/${challengeId}`;
const received = [];

const connection = connect(`${api}/sse/challenges/${challengeId}/`, {
  token,
  fetch: fetchFromPage,
  onMessage: (message, { id, mode }) => {
    received.push({ id, mode, type: message.type });
    if (message.type === "challenge.start") play(message.payload.questions);
    if (message.type === "challenge.end") setTimeout(finish, 100);
  },
});
await until(() => connection.status === "open");
await connection.send({ type: "mark_ready" });

async function play(questions) {
  const [first, second, ...rest] = questions;
  const { access } = tokens;
  const isRunOut = async () => (await fetch(`${api}/api/v1/users/me/`, { headers: { Authorization: `Bearer ${access}` } })).status === 401;
  while (!(await isRunOut())) await new Promise((resolve) => setTimeout(resolve, 50));
  connection.cut(); // and so the stream, too, needs the next token
  await Promise.all([first, second].map(answer)); // two calls with the token that has run out
  for (const question of rest) await answer(question);
}

async function answer({ id }) {
  const body = JSON.stringify({ question_id: id, selected_answer: "A" });
  const response = await call(`${actions}/answer/`, { method: "POST", body, headers: { "Content-Type": "application/json" } });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
}

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

function finish() {
  connection.close();
  console.log(JSON.stringify({ received, refused: asked.filter((one) => one !== null) }));
}
