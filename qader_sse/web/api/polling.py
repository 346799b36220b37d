"""The messages of the streams for clients that poll, because they cannot hold a stream."""

from typing import cast

from flask import request
from flask_openapi3.blueprint import APIBlueprint
from orjson import Fragment

from qader_sse.domain.i18n import mark
from qader_sse.domain.violations import ChallengeNotFound, NotAParticipant
from qader_sse.realtime.protocol.cursor import BadCursor, parse_cursor
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.service import service
from qader_sse.web.api.schemas import EventsPage, EventsQuery, EventsResponse, StreamMessage
from qader_sse.web.authentication import name_viewer, signed_in, viewer
from qader_sse.web.error_responses import InvalidInput
from qader_sse.web.openapi_models import ERROR_RESPONSES, ChallengePath
from qader_sse.web.request_identity import request_id

bp = APIBlueprint("polling", __name__, url_prefix="/api/v1/challenges")
bp.before_request(name_viewer)


@bp.get(
    "/challenges/<int:challenge_id>/events/", responses={"200": EventsResponse, **ERROR_RESPONSES}
)
def poll_events(path: ChallengePath, query: EventsQuery) -> EventsPage:
    """Return the messages after a number, as this viewer's stream has them."""
    cursor, reader = _read_cursor(query), viewer()
    service().hub.note_poll(reader.user_id)
    try:
        start = service().opener.challenge(path.challenge_id, reader, cursor)
    except NotAParticipant:
        # REST does not tell a challenge of other players from one that does not exist.
        raise ChallengeNotFound from None
    return _page(start)


@bp.get("/notifications/events/", responses={"200": EventsResponse, **ERROR_RESPONSES})
def poll_notifications(query: EventsQuery) -> EventsPage:
    """Return one's notifications after a number. A reset brings none: one goes on from `head`."""
    cursor, reader = _read_cursor(query), viewer()
    service().hub.note_poll(reader.user_id)
    return _page(service().opener.notifications(reader, cursor))


def _read_cursor(query: EventsQuery) -> int | None:
    """Return `after`, None without one. Raises InvalidInput: unlike a stream, this may be a 400."""
    try:
        return parse_cursor(query.after) if query.after else None
    except BadCursor:
        problem = mark("%(name)s must be the id of the last message received, a whole number.")
        raise InvalidInput("detail", problem, name="after") from None


def _page(start: TopicStart) -> EventsPage:
    user, its_id = signed_in(), request_id(request.environ)
    service().polling_clients.polled(user.user_id, user.session_id, start, its_id)
    return {
        # The JSON of streams: what all see alike may have come as JSON, and is passed on unread.
        "events": [cast(StreamMessage, Fragment(frame.numbered())) for frame in start.frames],
        "head": start.head,
        "reset": start.mode != "resumed",
    }
