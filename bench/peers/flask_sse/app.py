"""The blueprint of flask-sse as its documentation shows it, with one addition."""

import os

from flask import Flask, json
from flask_sse import Message, ServerSentEventsBlueprint


class Stream(ServerSentEventsBlueprint):
    """Sends a comment as soon as it is subscribed.

    A WSGI server sends the head with the first bytes of the body: unchanged, flask-sse leaves a
    client without an answer until the first message, and the load client could not know when to
    publish. `messages` and `stream` are otherwise unchanged.
    """

    def messages(self, channel="sse"):
        pubsub = self.redis.pubsub()
        pubsub.subscribe(channel)
        try:
            for message in pubsub.listen():
                if message["type"] == "subscribe":
                    yield ": subscribed\n\n"
                elif message["type"] == "message":
                    yield Message(**json.loads(message["data"]))
        finally:
            pubsub.unsubscribe(channel)


sse = Stream("sse", __name__)
sse.add_url_rule("", "stream", sse.stream)

app = Flask(__name__)
app.config["REDIS_URL"] = os.environ["REDIS_URL"]
app.register_blueprint(sse, url_prefix="/stream")
