"""Whether streams pass at once: over SSE and over the WebSocket, when they open and with each event."""

from collections.abc import Iterator

from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Finding
from qader_sse.doctor.path.received import Received
from qader_sse.doctor.path.visitor import Visitor

_OPEN = b'"state":"open"'
_CLOSING = b'"state":"closing"'
_RESUMED = b'"mode":"resumed"'
_EVENTS = 4
# HAProxy holds what is small back for 0.2 s. The quickest of several events shows it on a busy
# machine, too.
_LATE_SECONDS = 0.15
_DEGRADED_LATE_SECONDS = 3.0

_NO_BUFFERING = (
    "nginx: proxy_buffering off; and no proxy_ignore_headers X-Accel-Buffering; Varnish: set"
    " beresp.do_stream = true; others: switch buffering off for text/event-stream."
)
_NO_COMPRESSION = (
    "Do not compress text/event-stream, and let Content-Encoding: identity pass (nginx: no"
    " proxy_hide_header Content-Encoding, no text/event-stream in gzip_types; Caddy: no header_down"
    " -Content-Encoding)."
)


def opening(exam: Examination) -> Iterator[Finding]:
    visitor = exam.visitor
    after = visitor.arrival["event_id"]
    stream = visitor.open_stream(after)
    if stream.wait(_OPEN, exam.options.patience_seconds):
        if stream.encoding:
            yield Finding(
                "compressed",
                f"A proxy compresses streams ({stream.encoding}): each takes memory there, and events"
                " may wait in it.",
                _NO_COMPRESSION,
            )
        if _RESUMED not in stream.text:
            yield Finding(
                "resume_lost",
                "Streams do not resume: the proxy removes Last-Event-ID from requests of /sse/.",
                'nginx: no proxy_set_header Last-Event-ID "" in the location of /sse/.',
            )
    elif _CLOSING in stream.text:
        yield _no_place("stream")
    elif stream.ended_at is not None:
        yield Finding(
            "stream_refused",
            f"The stream was answered with {stream.status or 'nothing'}, and ended.",
            "Look at the proxy's rule for /sse/ and at its log.",
        )
    else:
        yield _held_back(visitor, after, exam.options.patience_seconds)
        stream.close()


def _no_place(what: str) -> Finding:
    return Finding(
        "no_place",
        f"The service has no place for another {what} (reason: limit).",
        "Raise MAX_STREAMS, or add workers; /readyz says how many streams are open.",
    )


def _held_back(visitor: Visitor, after: int, seconds: float) -> Finding:
    """Tell compression from other buffers: the same stream, for a client that takes no coding."""
    plain = visitor.open_stream(after, accept_encoding="identity")
    if plain.wait(_OPEN, seconds):
        return Finding(
            "compression_holds_back",
            "A proxy compresses streams, and holds events back until its buffer is full.",
            _NO_COMPRESSION,
        )
    visitor.sign_in()  # ends the streams of the session before: what is held back comes now
    if plain.wait(_OPEN, seconds):
        what = "A proxy holds streams back: all events came together, when the stream ended."
    else:
        what = f"Nothing came on a stream, neither in {seconds:g} s nor when it had ended."
    return Finding("buffering", what, _NO_BUFFERING)


def web_socket(exam: Examination) -> Iterator[Finding]:
    socket = exam.visitor.open_socket()
    if socket.wait(_OPEN, exam.options.patience_seconds):
        return
    if _CLOSING in socket.text:
        yield _no_place("WebSocket")
    elif socket.status == 101:
        yield Finding("buffering", "A WebSocket opens, and then nothing comes.", _NO_BUFFERING)
    elif socket.status == 426:
        yield Finding(
            "upgrade_lost",
            "The proxy removes Upgrade, so no WebSocket opens (426).",
            "nginx, in a location of /ws/: proxy_http_version 1.1; proxy_set_header Upgrade"
            " $http_upgrade; proxy_set_header Connection upgrade; Apache: ProxyPass …"
            " upgrade=websocket",
        )
    elif socket.status == 403:
        yield Finding(
            "socket_host_lost",
            "WebSockets of the service's own pages are refused (403): their Host is replaced.",
            "nginx: proxy_set_header Host $http_host; in the location of /ws/, too.",
        )
    else:
        yield Finding(
            "socket_refused",
            f"A WebSocket's handshake was answered with {socket.status or 'nothing'}.",
            "Look at the proxy's rule for /ws/: it has to pass Upgrade on.",
        )


def events(exam: Examination) -> Iterator[Finding]:
    """Have some events come, and measure by how much they are later than the answer to their cause."""
    visitor = exam.visitor
    links: dict[str, tuple[Received, bytes]] = {}
    if visitor.stream and visitor.stream.ended_at is None and _OPEN in visitor.stream.text:
        links["SSE"] = visitor.stream, b"\nid: %d\n\n"
    if visitor.socket and visitor.socket.ended_at is None and _OPEN in visitor.socket.text:
        links["WebSocket"] = visitor.socket, b'{"id":%d,'
    delays: dict[str, list[float]] = {name: [] for name in links}
    for _ in range(_EVENTS if links else 0):
        event_id, answered_at = visitor.ring()
        for name, (link, form) in links.items():
            if link.wait(form % event_id, exam.options.patience_seconds):
                delays[name].append(max(0.0, link.came_at(form % event_id) - answered_at))
    for name, found in delays.items():
        yield from _late(visitor, name, found)


def _late(visitor: Visitor, name: str, delays: list[float]) -> Iterator[Finding]:
    limit = _DEGRADED_LATE_SECONDS if visitor.is_degraded else _LATE_SECONDS
    if not delays:
        yield Finding(
            "buffering",
            f"A stream opens over {name}, and then its events do not come.",
            _NO_BUFFERING,
        )
    elif min(delays) > limit:
        yield Finding(
            "events_late",
            f"Events come {1000 * min(delays):.0f} ms late over {name}, the quickest of {len(delays)}.",
            "HAProxy: option http-no-delay; otherwise look at /readyz and at what the proxy buffers.",
        )
