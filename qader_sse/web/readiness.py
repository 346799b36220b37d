"""What a worker says of itself to health checks, at whichever address they ask."""

from dataclasses import dataclass

from qader_sse.clock import SteadyClock
from qader_sse.service import Service
from qader_sse.version import VERSION


@dataclass(frozen=True, slots=True)
class Health:
    """An answer to a health check."""

    body: dict[str, object]
    status_code: int = 200

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "2"} if self.status_code == 503 else {}


def readiness(service: Service) -> Health:
    """Say whether the worker may get requests. Reports the last checks, and waits for none."""
    hub, bus, check = service.hub, service.bus, service.database_check
    clock, fault = service.clock, service.database.availability.fault
    has_tables = service.tables.are_migrated
    has_database = check.is_reachable and fault is None and has_tables
    if hub.is_lame_duck:
        status = "draining"
    elif not has_database:
        status = "unavailable"
    else:
        status = "ok" if bus.is_up else "degraded"
    body: dict[str, object] = {
        "status": status,
        "version": VERSION,
        "database": fault or check.state,
        "database_answered_seconds_ago": _rounded(check.age_seconds),
        "tables": "ok" if has_tables else "outdated",
        "clock": "off" if isinstance(clock, SteadyClock) and clock.is_off else "ok",
        "clock_offset_seconds": _rounded(clock.offset_seconds)
        if isinstance(clock, SteadyClock)
        else None,
        "bus": "ok" if bus.is_up else "away",
        "streams": hub.open_streams,
        "handover": "ok" if service.handover_state.is_ok else "off",
        "sweeper_lag_seconds": round(service.sweeper.lag_seconds, 3),
    }
    return Health(body, 503 if status in ("draining", "unavailable") else 200)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
