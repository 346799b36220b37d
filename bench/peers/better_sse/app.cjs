// One subscription to Redis in this process, and a channel of better-sse for each topic.
// CommonJS, because Node ignores NODE_PATH for ECMAScript modules.
"use strict";

const http = require("node:http");
const { createChannel, createSession } = require("better-sse");
const { createClient } = require("redis");

const { CHANNELS, PORT, REDIS_URL } = process.env;
const channels = new Map();

// The messages from Redis are JSON already.
const options = { serializer: (data) => data, keepAlive: 15_000 };

function channelOf(topic) {
  let channel = channels.get(topic);
  if (channel === undefined) {
    channel = createChannel();
    channels.set(topic, channel);
  }
  return channel;
}

const server = http.createServer(async (request, response) => {
  const topic = request.url.slice("/stream/".length);
  channelOf(topic).register(await createSession(request, response, options));
});

async function main() {
  const redis = createClient({ url: REDIS_URL });
  redis.on("error", (error) => console.error(error));
  await redis.connect();
  await redis.pSubscribe(`${CHANNELS}*`, (message, name) => {
    channels.get(name.slice(CHANNELS.length))?.broadcast(message, "participant.update");
  });
  server.listen({ host: "127.0.0.1", port: Number(PORT), backlog: 4096 });
}

main();
