"""Connections at rest: what cuts streams that are silent, and who ends idle connections first."""

import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPException

from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Finding
from qader_sse.doctor.path.received import Received
from qader_sse.doctor.path.visitor import Visitor

_CLOSING = b'"state":"closing"'
# A heartbeat that is late by as much is lost.
_HEARTBEATS = 2.2
_LOOK_SECONDS = 0.2

_LONGER = (
    "Let silent connections live longer than 30 s (nginx: proxy_read_timeout 75s; HAProxy: timeout"
    " client, timeout server and timeout tunnel; ALB: connection idle timeout)."
)


def at_rest(exam: Examination) -> Iterator[Finding]:
    """Look how long the proxy keeps idle connections, if not for too long; then watch streams."""
    visitor, quiet_seconds = exam.visitor, exam.options.quiet_seconds
    if not quiet_seconds:
        return
    yield from _idle_connections(visitor, quiet_seconds)
    # From now on: the calls have had events come on the streams.
    ends_at = time.monotonic() + quiet_seconds
    links: dict[str, Received] = {}
    if visitor.stream and visitor.stream.text:
        links["stream"] = visitor.stream
    if visitor.socket and visitor.socket.status == 101:
        links["WebSocket"] = visitor.socket
    while time.monotonic() < ends_at and any(link.ended_at is None for link in links.values()):
        time.sleep(_LOOK_SECONDS)
    for name, link in links.items():
        if link.ended_at is not None and not _was_closed_by_service(link):
            yield Finding(
                "idle_cut",
                f"A {name} was cut after {link.ended_at - link.last_at:.0f} s in which nothing was sent.",
                _LONGER,
            )
    heartbeat = exam.settings.heartbeat_seconds
    stream = links.get("stream")
    silent = time.monotonic() - stream.last_at if stream and stream.ended_at is None else 0.0
    if silent > max(_HEARTBEATS * heartbeat, 1):
        yield Finding(
            "heartbeats_lost",
            f"Heartbeats are sent every {heartbeat:g} s, and none came for {silent:.0f} s.",
            "Switch off what holds them back: nginx: proxy_buffering off;",
        )


def _was_closed_by_service(link: Received) -> bool:
    return _CLOSING in link.text or bool(getattr(link, "close_code", 0))


def _idle_connections(visitor: Visitor, quiet_seconds: float) -> Iterator[Finding]:
    """Look whether the proxy would still use a connection that the service is about to close.

    The service says by which port the proxy came. If it comes by the same one just before the
    service ends that connection, the proxy keeps it for longer, and a POST may meet the end.
    """
    if not visitor.arrival or visitor.own_port == visitor.arrival["peer_port"]:
        return  # no proxy
    kept = float(visitor.arrival["keepalive_seconds"])
    pause = max(0.8 * kept, kept - 1)
    if pause > quiet_seconds:
        return
    ports = []
    with closing(visitor.connect()) as connection:
        for wait in (0.0, pause):
            time.sleep(wait)
            try:
                answer = visitor.call(connection, as_page=False)
            except (OSError, HTTPException):
                return  # the proxy has ended the doctor's own connection meanwhile
            ports.append(visitor.arrival["peer_port"] if answer.status == 200 else answer.status)
    if ports[0] == ports[1]:
        yield Finding(
            "keepalive_short",
            f"The service ends idle connections of the proxy after {kept:g} s, and the proxy still uses"
            f" them after {pause:g} s: a POST that meets the end is lost.",
            "Raise KEEPALIVE_SECONDS above the proxy's own time, and name the proxy in"
            " FORWARDED_ALLOW_IPS; or lower the proxy's (nginx: keepalive_timeout in upstream).",
        )
