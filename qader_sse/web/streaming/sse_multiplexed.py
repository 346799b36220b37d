"""Several topics on one connection of Server-Sent Events."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from qader_sse.domain.events import challenge_topic, user_topic
from qader_sse.domain.i18n import mark
from qader_sse.domain.violations import ChallengeNotFound, NotAParticipant, RuleViolation
from qader_sse.realtime.protocol import control_messages
from qader_sse.realtime.protocol.cursor import (
    CHALLENGE_NUMBER,
    CHALLENGE_PREFIX,
    MAX_TOPICS,
    NOTIFICATIONS,
)
from qader_sse.realtime.streams.multiplexed import NamedSubscription, VectorCursor
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web.authentication import name_viewer, viewer
from qader_sse.web.error_responses import InvalidInput
from qader_sse.web.error_texts import REFUSALS, violation_text
from qader_sse.web.last_event_id import read_vector
from qader_sse.web.locale import current_locale
from qader_sse.web.openapi_models import STREAM_RESPONSES, Query
from qader_sse.web.streaming.sse import (
    ask_to_reconnect,
    count_refused,
    finished,
    head_alone,
    respond,
)

bp = APIBlueprint("multiplexed", __name__)
bp.before_request(name_viewer)
bp.after_request(count_refused)
bp.register_error_handler(StoreUnavailable, ask_to_reconnect)

_CHALLENGE = re.compile(f"{CHALLENGE_PREFIX}({CHALLENGE_NUMBER})", re.ASCII)


@dataclass(frozen=True, slots=True)
class RequestedTopic:
    """A topic as the client names it: a challenge, or (without a number) its notifications."""

    name: str
    challenge_id: int | None

    @property
    def topic(self) -> str:
        if self.challenge_id is None:
            return user_topic(viewer().user_id)
        return challenge_topic(self.challenge_id)

    def start(self, cursor: int | None) -> TopicStart:
        if self.challenge_id is None:
            return service().opener.notifications(viewer(), cursor)
        return service().opener.challenge(self.challenge_id, viewer(), cursor)


class TopicsQuery(Query):
    topics: str | None = Field(
        None, description="One to eight, each once: `challenges/12,challenges/13,notifications`."
    )
    last_event_id: str | None = Field(
        None,
        description="The id of the last message received; the Last-Event-ID header wins, and so"
        " does `lastEventId`, as libraries append it.",
    )


@bp.get("/sse/stream/", responses=STREAM_RESPONSES, strict_slashes=False)
def multiplexed_stream(query: TopicsQuery) -> Response:
    """Follow up to eight topics: each message an `event:` named after its topic, the `id:` a vector."""
    requested = _requested(query.topics or "")
    cursors = read_vector(topic.name for topic in requested)
    with service().hub.buffering(*(topic.topic for topic in requested)):
        starts: dict[str, TopicStart] = {}
        refused: dict[str, RuleViolation] = {}
        for topic in requested:
            try:
                starts[topic.name] = topic.start(cursors.get(topic.name))
            except (ChallengeNotFound, NotAParticipant) as violation:
                refused[topic.name] = violation
        if not starts:
            raise refused[requested[0].name]
        if all(start.is_finished for start in starts.values()):
            return finished()
        if request.method == "HEAD":
            return head_alone()
        return _open(starts, refused)


def _requested(text: str) -> list[RequestedTopic]:
    if len(request.args.getlist("topics")) > 1:
        # Not joined: a ticket names the topics of its stream as one list.
        raise InvalidInput("topics", mark("Name all topics in one list, separated by commas."))
    names = text.split(",") if text else []
    if not names:
        raise InvalidInput(
            "topics", mark("Name the topics to follow, such as challenges/12,notifications.")
        )
    if len(names) > MAX_TOPICS:
        raise InvalidInput(
            "topics",
            mark("One stream has at most %(most)s topics. Follow the others with another one."),
            most=MAX_TOPICS,
        )
    if len(set(names)) < len(names):
        raise InvalidInput("topics", mark("Name each topic once."))
    return [_parse(name) for name in names]


def _parse(name: str) -> RequestedTopic:
    if name == NOTIFICATIONS:
        return RequestedTopic(name, None)
    found = _CHALLENGE.fullmatch(name)
    if found is None:
        raise InvalidInput(
            "topics",
            mark("“%(name)s” is no topic: name notifications, or a challenge as challenges/12."),
            name=name,
        )
    return RequestedTopic(name, int(found[1]))


def _open(starts: Mapping[str, TopicStart], refused: Mapping[str, RuleViolation]) -> Response:
    # The ids from which the client resumes. Not of a topic that begins with a snapshot: the client
    # takes the id from the snapshot itself.
    cursors = {name: start.cursor for name, start in starts.items() if not start.snapshot}
    vector = VectorCursor(cursors)
    opening = control_messages.set_cursor(bytes(vector)) if cursors else b""
    opening += b"".join(map(control_messages.control, _states(starts, refused)))
    following = {name: start for name, start in starts.items() if not start.is_finished}
    subscriptions = [
        NamedSubscription(
            start.topic,
            viewer(),
            start.cursor,
            over=control_messages.over(name),
            name=name,
            vector=vector,
        )
        for name, start in following.items()
    ]
    first = [
        frame
        for subscription, start in zip(subscriptions, following.values(), strict=True)
        for frame in subscription.take(start.frames)
    ]
    return respond(opening, following.values(), subscriptions, first)


def _states(
    starts: Mapping[str, TopicStart], refused: Mapping[str, RuleViolation]
) -> Iterator[dict[str, object]]:
    """Yield control messages of each topic: how it begins, if it is over, or why it is refused."""
    for name, start in starts.items():
        yield {"topic": name} | control_messages.opening(start.mode, start.after, start.head)
        if start.is_finished:
            yield {"topic": name} | control_messages.OVER
    for name, violation in refused.items():
        yield {
            "topic": name,
            "state": "refused",
            "status": REFUSALS[type(violation)].status,
            "detail": violation_text(violation, current_locale()),
        }
