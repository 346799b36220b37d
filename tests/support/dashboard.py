"""The panels of `deploy/monitoring`, as a real Prometheus sees them."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from cluster.prometheus_server import MONITORING, PrometheusServer

_RATE_INTERVAL = "$__rate_interval"
PANELS = json.loads((MONITORING / "grafana-dashboard.json").read_text())["panels"]


def expressions(rate_interval: str) -> dict[str, str]:
    """Return what the panels show, by the title and the letter of each query."""
    return {
        f"{panel['title']} {target['refId']}": target["expr"].replace(_RATE_INTERVAL, rate_interval)
        for panel in PANELS
        for target in panel.get("targets", ())
    }


@dataclass(frozen=True, slots=True)
class Sign:
    """What somebody sees on a panel: a line with these labels that is above a value."""

    query: str  # the title of the panel, and the letter of the query
    above: float = 0.0
    labels: dict[str, str] = field(default_factory=dict)


# What a player missed something by, and how it is seen.
SIGNS = {
    "gone": Sign("Opened and ended B", labels={"reason": "client_gone"}),
    "slow": Sign("Opened and ended B", labels={"reason": "slow"}),
    "back": Sign("How topics begin A", labels={"mode": "resumed"}),
    "late": Sign("From the commit to the socket B", above=1.0),
    "lost": Sign("Lost announcements A"),
    "stood": Sign("The loop stood still A", above=0.5),
}
OF_A_BUSY_MACHINE = {"late", "stood"}


@dataclass(frozen=True, slots=True)
class Look:
    """The dashboard from one moment on, as after zooming in: earlier samples are not seen."""

    prometheus: PrometheusServer
    since: float = field(default_factory=time.monotonic)

    def shows(self, sign: Sign) -> bool:
        return any(value > sign.above for value in self._values(sign))

    def _values(self, sign: Sign) -> Iterator[float]:
        seconds = ceil(time.monotonic() - self.since)
        for series in self.prometheus.query(expressions(f"{seconds}s")[sign.query]):
            if sign.labels.items() <= series["metric"].items():
                yield float(series["value"][1])
