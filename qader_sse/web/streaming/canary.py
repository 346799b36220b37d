"""What `flask doctor` asks through all proxies: how its request arrived, and an event on its stream.

Only the canary may call it. It tells nothing but of the caller's own request, and of the worker that
it came to; for everybody else there is nothing at this address.
"""

from typing import TypedDict

import psycopg.waiting
from flask import Blueprint, request
from gevent import monkey
from werkzeug.exceptions import NotFound

from qader_sse.domain.canary import is_canary
from qader_sse.service import service
from qader_sse.version import VERSION
from qader_sse.web.authentication import own_details
from qader_sse.web.client_address import CLIENT_ADDRESS
from qader_sse.web.own_host import FROM_PROXY, called_host
from qader_sse.web.streaming.keep_alive import SHORT_SECONDS

bp = Blueprint("canary", __name__)

_WAIT_IN_C = getattr(psycopg.waiting, "wait_c", None)


class Arrival(TypedDict):
    """How a request arrived, at which worker, and which event it caused."""

    event_id: int
    http_version: str
    scheme: str
    host: str
    headers: list[str]  # their names
    peer_address: str
    peer_port: int
    is_peer_trusted: bool
    client_address: str
    keepalive_seconds: float  # how long this connection may be idle from now on
    now: str
    version: str
    is_patched: bool
    is_patched_in_time: bool


@bp.post("/canary/")
def ring() -> Arrival:
    """Have an event come on the canary's streams; return how this request arrived."""
    caller = own_details().player
    if not is_canary(caller):
        raise NotFound
    event_id = service().canaries.ring(caller.id, service().clock())
    environ = request.environ
    is_trusted = bool(environ.get(FROM_PROXY))
    peer = environ.get("REMOTE_ADDR", "")
    return {
        "event_id": event_id,
        "http_version": environ["SERVER_PROTOCOL"],
        "scheme": request.scheme,
        "host": called_host(),
        "headers": sorted(name.lower() for name in request.headers.keys()),  # noqa: SIM118  # no dict
        "peer_address": peer,
        "peer_port": int(environ.get("REMOTE_PORT") or 0),
        "is_peer_trusted": is_trusted,
        "client_address": environ.get(CLIENT_ADDRESS) or peer,
        "keepalive_seconds": service().settings.keepalive_seconds if is_trusted else SHORT_SECONDS,
        "now": service().clock().isoformat(),
        "version": VERSION,
        "is_patched": monkey.is_module_patched("socket"),
        # psycopg decides at its import how it waits: in C, which blocks all greenlets, unless it
        # finds gevent's patch. Libraries that keep other originals are found by the same mistake.
        "is_patched_in_time": psycopg.waiting.wait is not _WAIT_IN_C,
    }
