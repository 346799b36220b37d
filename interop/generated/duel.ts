/**
 * Plays a whole duel with nothing but the types that openapi-typescript makes of our document.
 *
 * What the document does not say, this program could not use: nothing in it is `any`, and the one
 * cast is of the text of a stream, which no library reads by its type. The challenger follows the
 * stream, the opponent polls. Then each kind of error is provoked, and read by its type.
 */
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
type Message = Schemas["Message"];
type Streamed =
  paths["/sse/challenges/{challenge_id}/"]["get"]["responses"][200]["content"]["text/event-stream"];
type Api = Client<paths>;

const TYPE: Schemas["ChallengeTypeKey"] = "quick_quant_10";
const ONE = "/api/v1/challenges/challenges/{challenge_id}";
const ANSWER: Schemas["Choice"] = "B";
const [address = "", challengerName = "", opponentName = "", password = ""] = process.argv.slice(2);

/** What each kind of error holds; a status that the document does not declare does not compile. */
interface Refusals {
  401: paths["/api/v1/users/me/"]["get"]["responses"][401]["content"]["application/json"];
  403: paths[`${typeof ONE}/accept/`]["post"]["responses"][403]["content"]["application/json"];
  404: paths[`${typeof ONE}/`]["get"]["responses"][404]["content"]["application/json"];
  429: paths["/api/v1/auth/login/"]["post"]["responses"][429]["content"]["application/json"];
}

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Return the data of an answer that is no error. */
function done<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): NonNullable<T> {
  check(data !== undefined && data !== null, `${response.status} ${JSON.stringify(error)}`);
  return data;
}

async function signIn(username: string): Promise<Api> {
  const visitor = createClient<paths>({ baseUrl: address });
  const signedIn = done(await visitor.POST("/api/v1/auth/login/", { body: { username, password } }));
  check(signedIn.user.username === username, "somebody else is signed in");
  return createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${signedIn.access}` } });
}

/** Follow a challenge until it is over; return the types of its messages. */
async function follow(api: Api, challenge_id: number, opened: () => void): Promise<Message["type"][]> {
  const answer = await api.GET("/sse/challenges/{challenge_id}/", {
    params: { path: { challenge_id } },
    parseAs: "stream",
  });
  const types: Message["type"][] = [];
  let text = "";
  for await (const chunk of done(answer).pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines.filter((found) => found.startsWith("data: "))) {
      const found = JSON.parse(line.slice("data: ".length)) as Streamed;
      if ("type" in found) types.push(found.type);
      else if (found.state === "open") opened();
      else if (found.state === "over") return types;
      else throw new Error(found.state === "closing" ? found.reason : found.detail);
    }
  }
  throw new Error("the stream ended before the challenge was over");
}

/** Say what a message tells of the score; a type that is missing here does not compile. */
function score(message: Message): number | null {
  switch (message.type) {
    case "participant.update":
      return message.payload.score;
    case "answer.result":
      return message.payload.current_score;
    case "challenge.update":
    case "challenge.start":
    case "challenge.end":
    case "new_challenge_invite":
      return message.payload.user_score;
    case "challenge_accepted_notification":
    case "challenge_declined_notification":
    case "challenge_cancelled_notification":
    case "error":
      return null;
    default:
      return message satisfies never;
  }
}

/** Poll a challenge from its beginning; return the last score that was told. */
async function poll(api: Api, challenge_id: number): Promise<number | null> {
  let [after, last] = [0, null as number | null];
  for (;;) {
    const params = { path: { challenge_id }, query: { after: String(after) } };
    const page = done(await api.GET(`${ONE}/events/`, { params }));
    for (const message of page.events) {
      after = message.id ?? after;
      last = score(message) ?? last;
      if (message.type === "challenge.end") return last;
    }
    check(page.events.length > 0 || after < page.head, "the challenge has not ended");
  }
}

async function play(challenger: Api, opponent: Api): Promise<number> {
  const body = { challenge_type: TYPE, opponent_username: opponentName };
  const { id } = done(await challenger.POST("/api/v1/challenges/challenges/", { body }));
  const params = { path: { challenge_id: id } };
  const followed = await new Promise<{ types: Promise<Message["type"][]> }>((resolve, reject) => {
    const types = follow(challenger, id, () => resolve({ types }));
    types.catch(reject);
  });
  done(await opponent.POST(`${ONE}/accept/`, { params }));
  check(!done(await challenger.POST(`${ONE}/ready/`, { params })).challenge_started, "started too early");
  check(done(await opponent.POST(`${ONE}/ready/`, { params })).challenge_started, "not started");
  const { questions } = done(await challenger.GET(`${ONE}/`, { params }));
  check(questions.length === 10, "ten questions");
  let ended = false;
  for (const question of questions) {
    for (const player of [challenger, opponent]) {
      const body = { question_id: question.id, selected_answer: ANSWER };
      const received = done(await player.POST(`${ONE}/answer/`, { params, body }));
      ended = received.challenge_ended && received.final_results?.status === "completed";
    }
  }
  check(ended, "the last answer ends the duel");
  const results = done(await challenger.GET(`${ONE}/results/`, { params }));
  check(results.winner === null && results.user_score === results.opponent_score, "a draw");
  const types = await followed.types;
  check(types[0] === "challenge.update" && types.at(-1) === "challenge.end", types.join());
  check((await poll(opponent, id)) === results.opponent_score, "polling tells the same score");
  return id;
}

async function fail(challenger: Api, id: number): Promise<void> {
  const of = (challenge_id: number) => ({ params: { path: { challenge_id } } });
  const visitor = createClient<paths>({ baseUrl: address });

  const unknown = { challenge_type: TYPE, opponent_username: "nobody-here" };
  const wrong = await challenger.POST("/api/v1/challenges/challenges/", { body: unknown });
  const mistake: Schemas["ErrorResponse"] | undefined = wrong.error;
  check(wrong.response.status === 400 && mistake !== undefined, "400");
  check(!("detail" in mistake) && mistake["opponent_username"]?.length === 1, JSON.stringify(mistake));

  const invite = { challenge_type: TYPE, opponent_username: opponentName };
  const pending = done(await challenger.POST("/api/v1/challenges/challenges/", { body: invite }));
  expect(401, await visitor.GET("/api/v1/users/me/"));
  expect(403, await challenger.POST(`${ONE}/accept/`, of(pending.id)));
  expect(404, await challenger.GET(`${ONE}/`, of(id + 1_000)));

  for (let count = 0; ; count += 1) {
    const body = { username: "nobody-typescript", password: "wrong" };
    const refused = await visitor.POST("/api/v1/auth/login/", { body });
    if (refused.response.status === 429) {
      expect(429, refused);
      check(Number(refused.response.headers.get("Retry-After")) > 0, "Retry-After");
      return;
    }
    check(count < 100, "nobody may guess for ever");
    expect(401, refused);
  }
}

/** Read an error of which the document says that it is a sentence. */
function expect<S extends keyof Refusals>(
  status: S,
  { error, response }: { error?: Schemas["ErrorResponse"]; response: Response },
): Refusals[S] {
  check(response.status === status && error !== undefined, `${response.status} instead of ${status}`);
  check("detail" in error && typeof error.detail === "string", JSON.stringify(error));
  return { detail: error.detail };
}

const [challenger, opponent] = [await signIn(challengerName), await signIn(opponentName)];
await fail(challenger, await play(challenger, opponent));
console.log("played");
