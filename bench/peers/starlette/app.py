"""One subscription to Redis in this process, and a queue for each viewer."""

import asyncio
import os
from collections import defaultdict
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.routing import Route

CHANNELS = os.environ["CHANNELS"]
queues = defaultdict(set)


async def distribute(pubsub):
    async for message in pubsub.listen():
        if message["type"] != "pmessage":
            continue
        topic = message["channel"].removeprefix(CHANNELS.encode()).decode()
        data = message["data"].decode()
        # Encoded once for all viewers; the response sends bytes unchanged.
        event = ServerSentEvent(data, event="participant.update").encode()
        for queue in queues[topic]:
            queue.put_nowait(event)


async def stream(request):
    topic = request.path_params["topic"]
    queue = asyncio.Queue()
    queues[topic].add(queue)  # not in the generator, which starts only after the head is sent

    async def events():
        try:
            while True:
                yield await queue.get()
        finally:
            queues[topic].discard(queue)

    return EventSourceResponse(events(), ping=15)


@asynccontextmanager
async def lifespan(app):
    client = Redis.from_url(os.environ["REDIS_URL"], socket_timeout=None)
    async with client as redis, redis.pubsub() as pubsub:
        await pubsub.psubscribe(f"{CHANNELS}*")
        await pubsub.get_message(timeout=10)  # the confirmation of the subscription
        distributing = asyncio.create_task(distribute(pubsub))
        yield
        distributing.cancel()
        with suppress(asyncio.CancelledError):
            await distributing


app = Starlette(routes=[Route("/stream/{topic}", stream)], lifespan=lifespan)
