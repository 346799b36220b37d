"""What load balancers and operators ask: does this process answer, and can it serve."""

from flask import Blueprint, Response, jsonify, make_response

from qader_sse.service import service
from qader_sse.web.request_guards import public

bp = Blueprint("health", __name__)


@bp.get("/livez")
@public
def livez() -> dict[str, str]:
    """Say that this process answers; nothing about what it depends on."""
    return {"status": "ok"}


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Say whether this worker serves: 200 also when degraded, 503 when it cannot or is leaving.

    `degraded`: announcements do not get through, streams read the log instead.
    """
    hub, bus = service().hub, service().bus
    has_database = service().database.is_reachable()
    if hub.is_lame_duck:
        status = "draining"
    elif not has_database:
        status = "unavailable"
    else:
        status = "ok" if bus.is_up else "degraded"
    response = make_response(
        jsonify(
            status=status,
            database="ok" if has_database else "away",
            bus="ok" if bus.is_up else "away",
            streams=hub.open_streams,
            sweeper_lag_seconds=round(service().sweeper.lag_seconds, 3),
        )
    )
    if status in ("draining", "unavailable"):
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return response
