"""A few of the inputs that `make fuzz` sends by the hundred thousand, and what it looks for."""

import pytest

from fuzz import campaign
from fuzz.leftovers import Holdings, settled
from fuzz.sending import faults

_INPUTS = 300
_MEMORY_BOUND = 48 * 2**20  # a new worker's caches fill; `make fuzz` begins to count later


def test_odd_inputs_end_no_worker_and_leave_nothing_behind() -> None:
    with campaign.server() as node:
        before = settled(node)
        found = campaign.run(node, range(_INPUTS), seed=20)
        after = settled(node, before.streams, before.sockets)
        assert found.lines() == []
        assert campaign.trouble_in_log(node.log) == {}
    assert before.faults(after, _MEMORY_BOUND) == []
    # They got past the parsers: to pages, streams, refusals.
    assert {101, 200, 400, 404, 405} <= set(found.statuses)


def test_the_same_seed_makes_the_same_inputs() -> None:
    first, again, other = (
        [campaign.make_input(seed, number, ["cookie"]) for number in range(50)]
        for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (None, "had not ended"),
        (b"HTTP/1.1 500 INTERNAL SERVER ERROR\r\n\r\n", "answered with 500"),
        (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 502 Bad Gateway\r\n\r\n", "answered with 502"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\nTraceback (most recent call last)", "traceback"),
    ],
)
def test_what_is_wrong_with_an_answer_is_found(answer: bytes | None, fault: str) -> None:
    (found,) = faults(answer)
    assert fault in found


def test_what_a_worker_keeps_is_found() -> None:
    before = Holdings(7, streams=0, sockets=1, database_files=3, files=12, threads=2, memory=100)
    kept = Holdings(8, streams=1, sockets=2, database_files=3, files=16, threads=2, memory=111)
    assert len(before.faults(kept, memory_bound=10)) == 5
    assert before.faults(before, memory_bound=0) == []


def test_a_log_with_trouble_is_noticed() -> None:
    log = "[INFO] all is well\n[1] [ERROR] it is not\nTraceback (most recent call last):\n"
    assert len(campaign.trouble_in_log(log)) == 2
