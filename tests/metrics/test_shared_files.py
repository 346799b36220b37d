"""Workers know each other's readings by files, which outlive them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from qader_sse.histogram import Histogram
from qader_sse.metrics.reading import Reading, counter, gauge, histogram, read
from qader_sse.metrics.shared_files import SharedFiles
from tests.support.exposition import value

MakeFiles = Callable[[int], SharedFiles]

ANSWERS = counter("test_answers_total", "Answers.", "status")
OPEN = gauge("test_open", "Streams.")
UP = gauge("test_up", "Whether all are up.", merge="livemin")
LATE = gauge("test_late_seconds", "The latest.", merge="livemax")
DELAY = histogram("test_delay_seconds", "Delays.")


def delays(*values: float) -> Histogram:
    found = Histogram((0.1, 1.0))
    for one in values:
        found.observe(one)
    return found


def readings(answers: int, level: float, *late: float) -> list[Reading]:
    return [
        read(ANSWERS, answers, "200"),
        *(read(metric, level) for metric in (OPEN, UP, LATE)),
        read(DELAY, delays(*late)),
    ]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[MakeFiles]:
    """Make the files of the worker of a number."""
    with ExitStack() as opened:
        yield lambda number: opened.enter_context(closing(SharedFiles(tmp_path, number)))


def text(files: SharedFiles) -> str:
    return generate_latest(files.merged()).decode()


def test_counters_and_histograms_add_up_and_gauges_merge_each_in_its_way(
    worker: MakeFiles,
) -> None:
    one, other = worker(0), worker(1)
    one.write(readings(3, 5.0, 0.05, 7.0))
    other.write(readings(4, 2.0, 0.5))
    for merged in (text(one), text(other)):
        assert value(merged, "test_answers_total", status="200") == 7
        assert value(merged, "test_open") == 7
        assert value(merged, "test_up") == 2
        assert value(merged, "test_late_seconds") == 5
        buckets = [
            value(merged, "test_delay_seconds_bucket", le=le) for le in ("0.1", "1.0", "+Inf")
        ]
        assert buckets == [1, 2, 3]
        assert value(merged, "test_delay_seconds_count") == 3
        assert value(merged, "test_delay_seconds_sum") == 7.55


def test_a_reading_that_is_written_again_replaces_the_former_one(worker: MakeFiles) -> None:
    files = worker(0)
    for count in (3, 3, 8):
        files.write(readings(count, count, *([0.05] * count)))
    assert value(text(files), "test_answers_total") == 8
    assert value(text(files), "test_open") == 8
    assert value(text(files), "test_delay_seconds_count") == 8


def test_the_next_worker_of_a_number_goes_on_from_the_counts_and_has_gauges_of_its_own(
    worker: MakeFiles, tmp_path: Path
) -> None:
    worker(0).write(readings(3, 5.0, 0.05))
    for file in tmp_path.glob("gauge_*_0.db"):
        file.unlink()  # as the arbiter does when a worker has ended
    later = worker(0)
    assert value(text(later), "test_open") == 0
    assert value(text(later), "test_answers_total") == 3
    later.write(readings(1, 4.0, 0.5, 0.5))
    assert value(text(later), "test_answers_total") == 4
    assert value(text(later), "test_open") == 4
    assert value(text(later), "test_delay_seconds_count") == 3
    assert len(list(tmp_path.glob("counter_*.db"))) == 1
