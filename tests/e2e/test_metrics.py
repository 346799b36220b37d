"""The metrics of two workers are those of one node, whichever of them answers and whichever ends."""

import random
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.node import Node
from cluster.process import free_port
from cluster.redis_server import RedisServer
from cluster.waiting import wait_until
from tests.support.duel import PASSWORD, QUICK_HASH
from tests.support.exposition import value
from tests.support.http_duels import PATH, answer_all, start
from tests.support.trace_collector import Collector, Span, collecting

ROWS = 46  # events of a duel of ten questions
FRAMES = 2 * (ROWS - 5) + 2  # both streams open at the fifth, with a snapshot


@dataclass(frozen=True, slots=True)
class Measured:
    """A node of two workers, and where its metrics are."""

    node: Node
    address: str
    collector: Collector

    def scrape(self) -> str:
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=5) as answer:
            text: str = answer.read().decode()
        return text

    def value(self, name: str, **labels: str) -> float:
        return value(self.scrape(), name, **labels)


@pytest.fixture(scope="module")
def measured(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    folder, address = tmp_path_factory.mktemp("node"), f"127.0.0.1:{free_port()}"
    with RedisServer(folder) as redis, collecting() as collector:
        settings = {
            "DATABASE_URL": postgres_url,
            "REDIS_URL": redis.url,
            "SECRET_KEY": "the-key-of-a-test-of-metrics",
            "PASSWORD_HASH_METHOD": QUICK_HASH,
            "METRICS_ADDRESS": address,
            "TRACES_ENDPOINT": collector.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "200",  # milliseconds; the library's own is five seconds
            "LAME_DUCK_SECONDS": "0.1",
            "DRAIN_SECONDS": "0.1",
        }
        with Node("node", folder, settings) as node:
            node.flask("users", "seed", "--count", "2", "--prefix", "met", "--password", PASSWORD)
            yield Measured(node, address, collector)


def play(measured: Measured) -> None:
    """Play a duel, which one player follows by SSE and the other by a WebSocket."""
    with ExitStack() as opened:
        apis = []
        for number in (1, 2):
            api = Api.signed_in(measured.node.base_url, f"met{number}", PASSWORD)
            opened.callback(api.close)
            apis.append(api)
        players = (apis[0], apis[1])
        detail = start(*players)
        hers = SseWatcher(players[0], PATH.format(detail["id"])).open()
        his = SocketWatcher(players[1], f"/ws/challenges/{detail['id']}/").open()
        opened.callback(hers.cut)
        opened.callback(his.cut)
        for watcher in (hers, his):
            watcher.wait_for("challenge.update")  # a socket is open before its snapshot is read
        answer_all(players, detail, random.Random(7))
        for watcher in (hers, his):
            watcher.wait_for("challenge.end")


def test_a_duel_is_counted_once_whichever_worker_answers(measured: Measured) -> None:
    play(measured)

    def is_counted() -> bool:
        # Of the other worker's numbers, those of a second ago.
        return measured.value("qader_frames_written_total") == FRAMES

    wait_until(is_counted)
    for _ in range(8):
        text = measured.scrape()
        assert value(text, "qader_workers") == 2
        assert value(text, "qader_events_appended_total", type="answer.result") == 20
        assert value(text, "qader_events_announced_total") == value(
            text, "qader_events_appended_total"
        )
        assert value(text, "qader_frames_written_total") == FRAMES
        for transport in ("sse", "websocket"):
            late = value(text, "qader_delivery_delay_seconds_count", transport=transport)
            # The clocks of two workers may differ by some milliseconds, and what one has committed
            # right after the other has opened a stream seems to be older than that.
            assert ROWS - 15 < late <= ROWS - 5
            assert (
                value(text, "qader_streams_opened_total", transport=transport, kind="pushed") == 1
            )
        assert 0 < value(text, "qader_delivery_delay_seconds_sum") < 2 * ROWS
        assert value(text, "qader_topics_started_total", mode="snapshot") == 2
        assert value(text, "qader_bus_joins_total") == 2
        answers = "qader_use_case_seconds_count"
        assert value(text, answers, use_case="challenges.answer", outcome="ok") == 20
    wait_until(lambda: measured.value("qader_streams_open") == 0)


def test_a_trace_goes_from_the_request_to_the_frames_on_the_other_worker(
    measured: Measured,
) -> None:
    spans = measured.collector.spans

    def crossed() -> list[tuple[Span, Span]]:
        """Return each answer, with each frame that it has caused on another worker."""
        answers = {span.span_id: span for span in spans if span.name.endswith("/answer/")}
        frames = [span for span in spans if span.name == "frame answer.result"]
        caused = [(answers[span.parent_id], span) for span in frames if span.parent_id in answers]
        return [(answer, frame) for answer, frame in caused if answer.process != frame.process]

    for _ in range(5):  # the connections of a duel may all be at one worker
        play(measured)
        with suppress(TimeoutError):
            wait_until(crossed, timeout=3)
            break
    assert crossed()
    for answer, frame in crossed():
        assert answer.trace_id == frame.trace_id
        assert 0 <= frame.milliseconds < 20_000
    names = {span.name for span in spans}
    assert "GET /sse/challenges/<int:challenge_id>/" in names
    assert not any("/livez" in name or "/metrics" in name for name in names)
    ids = {span.trace_id for span in spans if span.name.endswith("/answer/")}
    assert len(ids) >= 20  # each request begins a trace of its own


def test_counts_outlive_their_worker_and_gauges_do_not(measured: Measured) -> None:
    play(measured)
    wait_until(lambda: measured.value("qader_streams_open") == 0)
    before = measured.scrape()
    joins = value(before, "qader_bus_joins_total")

    measured.node.kill_worker(measured.node.worker_pids[0])
    wait_until(measured.node.is_complete)
    wait_until(lambda: measured.value("qader_bus_joins_total") == joins + 1)
    measured.node.reload()
    wait_until(lambda: measured.value("qader_bus_joins_total") == joins + 3)
    wait_until(lambda: measured.value("qader_workers") == 2)
    after = measured.scrape()
    for name in (
        "qader_events_appended_total",
        "qader_http_answers_total",
        "qader_delivery_delay_seconds_count",
    ):
        assert value(after, name) >= value(before, name) > 0
    assert value(after, "qader_pool_size") == 2 * 10


def test_the_main_address_has_no_metrics_and_the_folder_goes_with_the_node(
    tmp_path: Path,
) -> None:
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/qader.sqlite3",
        "SECRET_KEY": "the-key-of-a-test-of-metrics",
        "METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
        "TMPDIR": str(tmp_path),
    }
    node = Node("node", tmp_path, settings, workers=1)
    node.flask("set-up")
    with node, closing(Api(node.base_url)) as api:
        assert api.get("/metrics").status == 404
        (folder,) = tmp_path.glob("qader-metrics-*")
        assert {file.name for file in folder.glob("counter_*")} <= {"counter_0.db"}
    assert list(tmp_path.glob("qader-metrics-*")) == []
