"""The consumer of the tutorial, and a bridge from what is published to Redis to its groups.

An application of Channels calls `group_send` itself. Here messages come by plain PUBLISH, so a task
in Daphne's process subscribes and calls it; its time counts as Daphne's.
"""

import asyncio
import os

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path
from redis.asyncio import Redis
from twisted.internet import reactor

CHANNELS, REDIS_URL = os.environ["CHANNELS"], os.environ["REDIS_URL"]
# The layer is older than two defaults of redis-py 8: a socket timeout as long as the layer's own
# wait for an answer, and at most 100 connections, which are too few when many viewers come at once.
HOST = {"address": REDIS_URL, "socket_timeout": None, "max_connections": 20_000}

settings.configure(
    SECRET_KEY="it signs nothing",  # noqa: S106
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"capacity": 1_000, "hosts": [HOST]},
        }
    },
)
django.setup()


class Stream(AsyncWebsocketConsumer):
    async def connect(self):
        self.group = f"topic_{self.scope['url_route']['kwargs']['topic']}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, close_code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def topic_message(self, event):
        await self.send(text_data=event["text"])


async def bridge():
    layer = get_channel_layer()
    client = Redis.from_url(REDIS_URL, decode_responses=True, socket_timeout=None)
    async with client as redis, redis.pubsub() as pubsub:
        await pubsub.psubscribe(f"{CHANNELS}*")
        async for message in pubsub.listen():
            if message["type"] == "pmessage":
                topic = message["channel"].removeprefix(CHANNELS)
                event = {"type": "topic.message", "text": message["data"]}
                await layer.group_send(f"topic_{topic}", event)


bridges = set()  # an event loop has only weak references to its tasks


def build_bridge():
    bridges.add(asyncio.get_running_loop().create_task(bridge()))


application = ProtocolTypeRouter(
    {"websocket": URLRouter([path("stream/<int:topic>", Stream.as_asgi())])}
)
reactor.callLater(0, build_bridge)
