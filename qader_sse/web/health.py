"""The health checks of load balancers and operators: liveness and readiness."""

from flask import Blueprint, Response, jsonify, make_response

from qader_sse.clock import SteadyClock
from qader_sse.service import service
from qader_sse.version import VERSION
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
    hub, bus, check = service().hub, service().bus, service().database_check
    clock, fault = service().clock, service().database.availability.fault
    has_tables = service().tables.are_migrated
    has_database = check.is_reachable and fault is None and has_tables
    if hub.is_lame_duck:
        status = "draining"
    elif not has_database:
        status = "unavailable"
    else:
        status = "ok" if bus.is_up else "degraded"
    response = make_response(
        jsonify(
            status=status,
            version=VERSION,
            database=fault or check.state,
            database_answered_seconds_ago=_rounded(check.age_seconds),
            tables="ok" if has_tables else "outdated",
            clock="off" if isinstance(clock, SteadyClock) and clock.is_off else "ok",
            clock_offset_seconds=_rounded(clock.offset_seconds)
            if isinstance(clock, SteadyClock)
            else None,
            bus="ok" if bus.is_up else "away",
            streams=hub.open_streams,
            handover="ok" if service().handover_state.is_ok else "off",
            sweeper_lag_seconds=round(service().sweeper.lag_seconds, 3),
        )
    )
    if status in ("draining", "unavailable"):
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return response


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
