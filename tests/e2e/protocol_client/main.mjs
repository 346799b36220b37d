// A client that was written from docs/protocol.md alone, in another language than the service's.
// `node main.mjs <address> <password> <seed>`: plays duels as player1 … player6, follows them on
// every transport with connections that are cut at random bytes, and prints what it has checked.

import { cursors, polling, refusals, several, signingOut, sockets, tickets } from "./addresses.mjs";
import { check, checks, failures, same, seed } from "./claims.mjs";
import { examine, follow, followNotifications, play } from "./duels.mjs";
import { CHALLENGES, Person } from "./person.mjs";

const [address, password, number] = process.argv.slice(2);
seed(Number(number));

const players = await Promise.all(
  [1, 2, 3, 4, 5, 6].map((index) => new Person(address, `player${index}`).signIn(password)),
);
const [sara, fahad, noura, khalid, lama, omar] = players;

async function create(player, type, opponent) {
  const body = { challenge_type: type, ...(opponent && { opponent_username: opponent.name }) };
  const { status, body: created } = await player.call("POST", CHALLENGES, body);
  same("R2", status, 201);
  return created.id;
}

// Followed from its first message to its last, on ten connections at once.
async function duel(host, guest) {
  const id = await create(host, "quick_quant_10", guest);
  const followed = [host, guest].map((player) => follow(player, id));
  await guest.act(id, "accept");
  await play(host, guest, id);
  for (const seen of await Promise.all(followed)) examine(seen);
}

async function match(seeker, other) {
  const [id, joined] = [await create(seeker, "medium_verbal_15"), await create(other, "medium_verbal_15")];
  same("M9", id, joined);
  const followed = [seeker, other].map((player) => follow(player, id));
  await play(seeker, other, id);
  for (const seen of await Promise.all(followed)) examine(seen);
}

async function invites(host, guest) {
  const notified = followNotifications(guest, 2);
  const told = followNotifications(host, 1);
  const declined = await create(host, "comprehensive_20", guest);
  const followed = follow(host, declined);
  await guest.act(declined, "decline");
  examine(await followed);
  const withdrawn = await create(host, "speed_challenge_5min", guest);
  await host.act(withdrawn, "cancel");
  const types = (await notified).map(({ type }) => type);
  same("M8", types[0], "new_challenge_invite");
  const [answer] = await told;
  same("M10", [answer.type, answer.payload], ["challenge_declined_notification", { challenge_id: declined, declined_by: guest.name }]);
  return withdrawn;
}

async function singleRequests() {
  const id = await create(lama, "comprehensive_20", fahad);
  const foreign = await create(sara, "accuracy_challenge", fahad);
  await refusals(lama, sara, id);
  await cursors(lama, id);
  await several(lama, id, foreign);
  await tickets(lama, id);
  await polling(lama, id);
  await sockets(lama, id);
  await signingOut(lama);
}

await Promise.all([duel(sara, fahad), match(noura, khalid), invites(omar, khalid), singleRequests()]);
check("M11", (await khalid.get("/api/v1/challenges/notifications/events/?after=0")).body.events.some(
  ({ type, payload }) => type === "challenge_cancelled_notification" && payload.cancelled_by === omar.name,
));
console.log(JSON.stringify({ checks, failures }));
process.exitCode = failures.length ? 1 : 0;
