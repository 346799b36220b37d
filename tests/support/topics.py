"""Follows several topics over one connection, in a thread, as a native EventSource does."""

import json
from collections import defaultdict
from collections.abc import Iterable

from qader_client.received import Received
from qader_client.rest import Api
from qader_client.sse import ServerSentEvent
from qader_client.watch import SseWatcher

from qader_sse.realtime.protocol.cursor import parse_vector


class TopicsWatcher(SseWatcher):
    """Collects messages by topic; it reconnects with nothing but the last id."""

    def __init__(self, api: Api, topics: Iterable[str]) -> None:
        super().__init__(api, f"/sse/stream/?topics={','.join(topics)}")
        self.by_topic: dict[str, list[Received]] = defaultdict(list)

    def numbers(self, topic: str) -> list[int]:
        return [received.id for received in self.by_topic[topic]]

    def _dispatch(self, event: ServerSentEvent) -> None:
        if event.event == "stream":
            super()._dispatch(event)
            return
        content = json.loads(event.data)
        number = parse_vector(event.last_event_id)[event.event]
        received = Received(number, content["type"], content["payload"])
        self.by_topic[event.event].append(received)
        self._take(received)
