"""Each expression of the alerts and of the dashboard is one, and means metrics that there are."""

import os
import random
import re
import signal
from collections.abc import Iterator

import pytest
from qader_client.rest import Api
from qader_client.watch import SseWatcher

from cluster.local_server import LocalServer
from cluster.prometheus_server import MONITORING, PrometheusServer
from cluster.waiting import wait_until
from qader_sse.metrics import of_streams, of_the_service
from qader_sse.metrics.reading import Metric
from tests.support import dashboard
from tests.support.duel import PASSWORD
from tests.support.http_duels import PATH, answer_all, start

LABELS: dict[str, set[str]] = {
    metric.name: {*metric.labels, "instance", "job"}
    for module in (of_streams, of_the_service)
    for metric in vars(module).values()
    if isinstance(metric, Metric)
}
DOCUMENTED = (MONITORING.parents[1] / "docs/monitoring.md").read_text()
ON_THE_DASHBOARD = dashboard.expressions("1m")
# A healthy node may be slow on a machine that has much else to do, as that of tests.
WHERE_IT_IS_SLOW = {"QaderEventsLate", "QaderAnswersSlow", "QaderLoopLate"}
# The servers of tests have no limits.
NEVER_SEEN_HERE = {"qader_limits_hit_total"}
_SELECTOR = re.compile(r"\b((?:qader|process)_\w+|up)\b(?:\{([^}]*)\})?")
_GROUPING = re.compile(r"\b(?:by|on) \(([^)]*)\)")


@pytest.fixture(scope="module")
def prometheus(
    server: LocalServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrometheusServer]:
    """A Prometheus that has scraped the server before and after a duel."""
    target = f"127.0.0.1:{server.port}"
    with PrometheusServer(tmp_path_factory.mktemp("prometheus"), [target]) as prometheus:
        wait_until(lambda: prometheus.query("up == 1"))
        play(server)
        wait_until(lambda: prometheus.query("rate(qader_events_announced_total[1m]) > 0"))
        wait_until(lambda: prometheus.query("qader_streams_ended_total"))
        yield prometheus


def play(server: LocalServer) -> None:
    players = [Api.signed_in(server.base_url, f"player{n}", PASSWORD) for n in (1, 2)]
    detail = start(players[0], players[1])
    streams = [SseWatcher(api, PATH.format(detail["id"])).open() for api in players]
    answer_all((players[0], players[1]), detail, random.Random(1))
    for stream in streams:
        stream.wait_for("challenge.end")
        stream.cut()
    nobody = Api(server.base_url)
    assert nobody.get("/sse/challenges/1/").status == 401
    for api in (*players, nobody):
        api.close()


def expressions(prometheus: PrometheusServer) -> dict[str, str]:
    alerts = {rule["name"]: rule["query"] for rule in prometheus.rules()}
    assert len(alerts) > 20
    return alerts | ON_THE_DASHBOARD


def base_name(name: str) -> str:
    return name if name in LABELS else re.sub("_(bucket|sum|count)$", "", name)


def test_each_expression_is_one(prometheus: PrometheusServer) -> None:
    for expression in expressions(prometheus).values():
        prometheus.query(expression)  # an error would be a 400


def test_each_metric_in_them_is_there_after_a_duel(prometheus: PrometheusServer) -> None:
    used = {
        name
        for expression in expressions(prometheus).values()
        for name, _ in _SELECTOR.findall(expression)
    }
    assert len(used) > 40
    missing = {name for name in used - NEVER_SEEN_HERE if not prometheus.query(name)}
    assert missing == set()
    # And the other way: what nobody looks at need not be counted.
    looked_at = {base_name(name) for name in used}
    assert set(LABELS) - looked_at <= {"qader_workers", "qader_announcements_failed_total",
                                       "qader_events_received_total"}  # fmt: skip


def test_each_label_in_them_is_one_of_its_metric(prometheus: PrometheusServer) -> None:
    for name, expression in expressions(prometheus).items():
        all_labels = {"le"}
        for metric, matchers in _SELECTOR.findall(expression):
            known = LABELS.get(base_name(metric), {"worker", "instance", "job"})
            bound = {"le"} if metric.endswith("_bucket") else set()
            assert set(re.findall(r"(\w+)(?:=|!)", matchers)) <= known | bound, name
            all_labels |= known
        for grouping in _GROUPING.findall(expression):
            assert set(re.findall(r"\w+", grouping)) <= all_labels, name


def test_on_a_healthy_node_no_alert_fires(prometheus: PrometheusServer) -> None:
    firing = {rule["name"] for rule in prometheus.rules() if prometheus.query(rule["query"])}
    assert firing <= WHERE_IT_IS_SLOW


def test_each_alert_is_explained(prometheus: PrometheusServer) -> None:
    explained = set(re.findall(r"^\| `(Qader\w+)` \|", DOCUMENTED, re.MULTILINE))
    assert explained == {rule["name"] for rule in prometheus.rules()}


def test_each_panel_says_what_it_shows() -> None:
    panels = [panel for panel in dashboard.PANELS if panel["type"] != "row"]
    assert [panel["title"] for panel in panels if not panel["description"]] == []


def test_alerts_fire_when_they_should(server: LocalServer, prometheus: PrometheusServer) -> None:
    alerts = {rule["name"]: rule["query"] for rule in prometheus.rules()}
    os.kill(server.worker_pids[0], signal.SIGSTOP)  # its loop no longer turns
    wait_until(lambda: prometheus.query(alerts["QaderDown"]), timeout=20)
    os.kill(server.worker_pids[0], signal.SIGCONT)
    wait_until(lambda: prometheus.query("up == 1"))
