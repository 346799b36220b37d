"""What passes through a proxy, in words, and whether that is right."""

from interop.proxies.chapter import unexpected
from interop.proxies.passage import Passage
from interop.proxies.setups import HTTP1, SETUPS

PLAIN = SETUPS[0]


def passage(*delays: float | None) -> Passage:
    return Passage(PLAIN, HTTP1, list(delays), resumes=True, after_quiet=0.01)


def test_events_that_pass_within_100_ms_are_good() -> None:
    found = passage(0.02, 0.03, 0.3)
    assert (found.is_good, found.cells()[0].text) == (True, "30 ms, 300 ms")


def test_events_that_are_late_or_lost_are_not() -> None:
    assert not passage(0.21, 0.22, 0.2).is_good
    found = passage(0.02, 0.03, None)
    assert (found.is_good, found.cells()[0].text) == (False, "25 ms, 30 ms, 1 lost")


def test_where_nothing_passes_the_problem_is_said() -> None:
    found = passage(None, None)
    found.problem = "HTTP 400"
    assert (found.is_good, found.cells()[0].text) == (False, "HTTP 400")


def test_only_what_no_other_setup_mends_is_unexpected() -> None:
    assert unexpected([passage(None)]) == ["none: HTTP/1.1"]
    mended = next(setup for setup in SETUPS if HTTP1 in setup.weak)
    assert unexpected([Passage(mended, HTTP1)]) == []


def test_every_weak_setup_has_a_sibling_with_lines() -> None:
    for setup in SETUPS:
        for client in setup.weak:
            others = [s for s in SETUPS if s.proxy == setup.proxy and s.lines and s != setup]
            assert any(client in s.clients and client not in s.weak for s in others), setup.name
