"""Several topics over one connection of Server-Sent Events."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain.events import challenge_topic, user_topic
from qader_sse.domain.i18n import mark
from qader_sse.domain.violations import ChallengeNotFound, NotAParticipant, RuleViolation
from qader_sse.realtime.protocol import frames
from qader_sse.realtime.protocol.cursor import (
    CHALLENGE_NUMBER,
    CHALLENGE_PREFIX,
    MAX_TOPICS,
    NOTIFICATIONS,
    format_vector,
)
from qader_sse.realtime.streams.multiplexed import (
    MultiplexedSocketStream,
    MultiplexedWsgiStream,
    Part,
    named,
)
from qader_sse.realtime.streams.opening import TopicStart
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web.api.schemas import ERROR_RESPONSES, TopicsQuery
from qader_sse.web.error_responses import REFUSALS, InvalidInput, violation_text
from qader_sse.web.locale import current_locale
from qader_sse.web.request_guards import name_viewer, viewer
from qader_sse.web.streaming.last_event_id import last_event_id, read_vector
from qader_sse.web.streaming.sse import (
    StreamResponse,
    expect,
    expect_no_more,
    finished,
    head_alone,
    put_off,
    shared_fields,
    stream_fields,
)

bp = APIBlueprint("multiplexed", __name__)
bp.before_request(name_viewer)
bp.register_error_handler(StoreUnavailable, put_off)
bp.teardown_request(expect_no_more)

_CHALLENGE = re.compile(f"{CHALLENGE_PREFIX}({CHALLENGE_NUMBER})", re.ASCII)


@dataclass(frozen=True, slots=True)
class RequestedTopic:
    """A topic as the client names it; without a number, the notifications."""

    name: str
    challenge_id: int | None

    @property
    def topic(self) -> str:
        if self.challenge_id is None:
            return user_topic(viewer().user_id)
        return challenge_topic(self.challenge_id)

    def open_at(self, cursor: int | None) -> TopicStart:
        if self.challenge_id is None:
            return service().opener.notifications(viewer(), cursor)
        return service().opener.challenge(self.challenge_id, viewer(), cursor)


@bp.get("/sse/stream/", responses=ERROR_RESPONSES)
def multiplexed_stream(query: TopicsQuery) -> Response:
    """Follow up to eight topics: each message an `event:` named after its topic, the `id:` a vector."""
    asked = _asked(query.topics or "")
    places = read_vector(*last_event_id())
    expect(*(one.topic for one in asked))
    starts: dict[str, TopicStart] = {}
    refused: dict[str, RuleViolation] = {}
    for one in asked:
        try:
            starts[one.name] = one.open_at(places.get(one.name))
        except (ChallengeNotFound, NotAParticipant) as violation:
            refused[one.name] = violation
    if not starts:
        raise refused[asked[0].name]
    if all(start.is_finished for start in starts.values()):
        return finished()
    if request.method == "HEAD":
        return head_alone()
    return _respond(starts, refused)


def _asked(text: str) -> list[RequestedTopic]:
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


def _respond(starts: Mapping[str, TopicStart], refused: Mapping[str, RuleViolation]) -> Response:
    # Where a topic is before its snapshot, nobody can say.
    places = {name: found.start_cursor for name, found in starts.items() if not found.snapshot}
    words = frames.position(format_vector(places)) if places else b""
    words += b"".join(map(frames.control, _said(starts, refused)))
    parts = [
        Part(name=name, **stream_fields(start))
        for name, start in starts.items()
        if not start.is_finished
    ]
    fields = shared_fields() | {
        "topic": ",".join(starts),
        "cursor": 0,
        "first": [frame for part in parts for frame in named(places, part.name, part.first)],
        "parts": parts,
        "places": places,
    }
    return StreamResponse(words, fields, MultiplexedWsgiStream, MultiplexedSocketStream)


def _said(
    starts: Mapping[str, TopicStart], refused: Mapping[str, RuleViolation]
) -> Iterator[dict[str, object]]:
    """Tell of each topic how it begins, or why it does not."""
    for name, start in starts.items():
        yield {
            "topic": name,
            "state": "open",
            "mode": start.mode,
            "after": start.after,
            "head": start.head,
        }
        if start.is_finished:
            yield {"topic": name, "state": "over"}
    for name, violation in refused.items():
        yield {
            "topic": name,
            "state": "refused",
            "status": REFUSALS[type(violation)].status,
            "detail": violation_text(violation, current_locale()),
        }
