"""The blueprint of flask-sse as its documentation shows it, with one addition."""

import os

from flask import Flask, json
from flask_sse import Message, ServerSentEventsBlueprint


class Stream(ServerSentEventsBlueprint):
    """It says at once that it listens.

    A WSGI server sends the head with the first bytes of the body: as it comes, flask-sse leaves
    a client without an answer until the first message, and nobody could tell when to publish.
    What `messages` and `stream` do is otherwise unchanged.
    """

    def messages(self, channel="sse"):
        pubsub = self.redis.pubsub()
        pubsub.subscribe(channel)
        try:
            for heard in pubsub.listen():
                if heard["type"] == "subscribe":
                    yield ": listening\n\n"
                elif heard["type"] == "message":
                    yield Message(**json.loads(heard["data"]))
        finally:
            pubsub.unsubscribe(channel)


sse = Stream("sse", __name__)
sse.add_url_rule("", "stream", sse.stream)

app = Flask(__name__)
app.config["REDIS_URL"] = os.environ["REDIS_URL"]
app.register_blueprint(sse, url_prefix="/stream")
