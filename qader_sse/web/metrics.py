"""The address at which Prometheus reads the metrics.

They hold neither names nor addresses, but tell how busy the service is and which limits work. So
nobody is answered but this machine, unless METRICS_ADDRESS gives them a listener of their own, which
the operator can keep off the net.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import NotFound

from qader_sse.metrics.worker_metrics import of_app
from qader_sse.web.client_address import is_loopback
from qader_sse.web.own_host import called_host
from qader_sse.web.request_guards import public

bp = Blueprint("metrics", __name__)

_PATH = "/metrics"
# What proxies add. One on this machine would otherwise pass everybody off as this machine.
_BY_PROXIES = (
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "Via",
)


def register(app: Flask, port: int | None) -> None:
    """Serve the metrics, at a listener of their own if they have a port: then nothing else there."""
    app.before_request(_only_to_this_machine if port is None else _kept_apart(port))
    app.register_blueprint(bp)


@bp.get(_PATH)
@public
def metrics() -> Response:
    """Answer with the metrics of all workers of this node."""
    text, content_type = of_app(current_app).exposition(request.headers.get("Accept", ""))
    return Response(text, content_type=content_type, headers={"Cache-Control": "no-store"})


def _kept_apart(port: int) -> Callable[[], None]:
    def keep_apart() -> None:
        """Answer 404 to who asks for the metrics elsewhere, and to all else at their own listener."""
        if (request.path == _PATH) != (_listening_port() == port):
            raise NotFound

    return keep_apart


def _listening_port() -> int | None:
    """Return the port that the request came in by; None of a unix socket, or without gunicorn.

    Not SERVER_PORT: where gunicorn listens on a unix socket, it takes that from the client's `Host`.
    """
    connection = request.environ.get("gunicorn.socket")
    address = connection.getsockname() if connection else ""
    return address[1] if isinstance(address, tuple) else None


def _only_to_this_machine() -> None:
    if request.path == _PATH and not _is_this_machine():
        raise NotFound


def _is_this_machine() -> bool:
    is_direct = not any(name in request.headers for name in _BY_PROXIES)
    # Most proxies that add no header pass on the host that the client called.
    return (
        is_direct
        and is_loopback(request.environ.get("REMOTE_ADDR", ""))
        and _names_this_machine(called_host())
    )


def _names_this_machine(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or is_loopback(name)
