"""Attaches a client's connection to the hub, for both transports."""

import sys
import time
from collections.abc import Iterable, Sequence
from wsgiref.types import WSGIEnvironment

from qader_sse.config import Settings
from qader_sse.flask_context import current_request
from qader_sse.jitter import jittered
from qader_sse.realtime.protocol.frames import ClosingReason
from qader_sse.realtime.protocol.websocket_codec import (
    NOT_A_PARTICIPANT,
    NOT_FOUND,
    NOT_SIGNED_IN,
)
from qader_sse.realtime.stream_places import StreamLimits
from qader_sse.realtime.streams.connection import Connection
from qader_sse.realtime.streams.subscription import Subscription
from qader_sse.realtime.streams.topic_start import TopicStart
from qader_sse.service import service
from qader_sse.web.access_log import note, write_opened
from qader_sse.web.authentication import signed_in
from qader_sse.web.client_address import client_network
from qader_sse.web.request_identity import request_id

# What statuses and close codes refuse. Another status from 500 to 599 is a mistake of ours, and any
# other one is the client's.
_REASONS = {
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    NOT_SIGNED_IN: "not_signed_in",
    NOT_A_PARTICIPANT: "not_allowed",
    NOT_FOUND: "not_found",
}


def refusal(transport: str, starts: Sequence[TopicStart]) -> ClosingReason | None:
    """Return why this worker does not take the stream that would begin so, or None if it does."""
    here, user = service(), signed_in()
    reason = here.hub.refusal(
        _limits(here.settings),
        user.user_id,
        _network(current_request().environ),
        is_player=any(start.is_running for start in starts),
    )
    if reason is not None:
        for start in starts:
            here.hub.notes.refused(user.user_id, user.session_id, start.topic, transport, reason)
    return reason


def note_refused(transport: str, reason: str) -> None:
    """Count a stream that was asked for, and is not opened; its request's line says why."""
    note(current_request().environ, refused=reason)
    service().streams.tallies.refused[transport, reason] += 1


def note_status(transport: str, status: int) -> None:
    """Count a stream that is refused by a status, or by a WebSocket's close code."""
    other = "failed" if 500 <= status < 600 else "bad_request"
    note_refused(transport, _REASONS.get(status, other))


def connect(
    transport: str, starts: Sequence[TopicStart], subscriptions: Iterable[Subscription]
) -> Connection:
    """Return an attached connection of the signed-in user; `detach` it if no stream begins.

    Call this while the topics are buffered, and have been since before `starts` were read.
    """
    here, user, request = service(), signed_in(), current_request()
    for start in starts:
        here.hub.raise_head(start.topic, start.head)
    # With jitter: clients that connected together must not all reconnect together.
    seconds = jittered(here.settings.max_age_seconds, 0.75, 1.25)
    session_seconds = (user.ends_at - here.clock()).total_seconds()
    connection = Connection(
        services=here.streams,
        transport=transport,
        user_id=user.user_id,
        session_id=user.session_id,
        subscriptions=tuple(subscriptions),
        network=_network(request.environ),
        request_id=request_id(request.environ),
        ends_at=time.monotonic() + min(seconds, session_seconds),
        ends_because="signed_out" if session_seconds < seconds else "max_age",
    )
    connection.attach()
    here.hub.notes.opened(connection, starts)
    after = ",".join([str(start.cursor) for start in starts])
    write_opened(request, connection.named() | {"after": after})
    return connection


def _limits(settings: Settings) -> StreamLimits:
    most = settings.max_streams
    if not settings.fair_shares:
        return StreamLimits(most, most, most, 0)
    return StreamLimits(
        all=most,
        of_person=settings.max_streams_per_person,
        of_address=settings.max_streams_per_address,
        kept_for_players=most * settings.streams_for_players_percent // 100,
    )


def _network(environ: WSGIEnvironment) -> str:
    # Interned: hundreds of streams come from the same school.
    return sys.intern(client_network(environ))
