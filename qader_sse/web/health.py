"""The health checks of load balancers and operators: liveness and readiness."""

from flask import Blueprint, Response, jsonify, make_response

from qader_sse.service import service
from qader_sse.web.readiness import readiness
from qader_sse.web.request_guards import public

bp = Blueprint("health", __name__)


@bp.get("/livez")
@public
def livez() -> dict[str, str]:
    """Answer that the event loop turns: no answer would come otherwise. Checks nothing else."""
    return {"status": "ok"}


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Answer 200 if this worker serves, even if degraded, and 503 if it cannot or is stopping.

    `degraded` means that announcements do not reach other workers, and streams catch up with the
    log instead. `handover` says whether streams are written into their sockets directly, or each
    takes a greenlet of the server. `clock_offset_seconds` is how far the database's clock, whose
    time this worker uses, is ahead of the one of this machine. Reports the last check of the
    database, and waits for none. `tables` are `outdated` where they are not those of this version;
    `clock` is `off` where the machine's differs by five seconds from the time that is used.
    """
    health = readiness(service())
    response = make_response(jsonify(health.body), health.status_code)
    response.headers.update(health.headers)
    return response
