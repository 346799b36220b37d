"""What became of an event, by what is noted of a person's streams."""

from datetime import timedelta
from typing import Any

import pytest

from qader_sse.domain.delivery import LoggedEvent, StreamHistory, Written, fates
from qader_sse.domain.delivery_stories import Asked, Gap, Story, gaps, stories
from qader_sse.domain.stream_notes import CaughtUp, Stall
from tests.support.challenges import NOW


def at(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


EVENT = LoggedEvent(12, "answer.result", at(10))


def stream(name: str = "A", **changes: Any) -> StreamHistory:
    """Make a stream that opened at the fifth second, after event 10, and is open."""
    known: dict[str, Any] = {
        "name": name,
        "node": "node",
        "pid": 1,
        "number": 1,
        "transport": "sse",
        "session": "phone",
        "mode": "resumed",
        "after": 10,
        "head": 10,
        "opened_at": at(5),
        "seen_at": at(60),
    }
    return StreamHistory(**known | changes)


def ended(seconds: float, **changes: Any) -> dict[str, Any]:
    return {"ended_at": at(seconds), "looked_at": at(seconds - 1), "reason": "slow"} | changes


def reset(**changes: Any) -> dict[str, Any]:
    return {"mode": "reset", "after": 900, "head": 12, "opened_at": at(20)} | changes


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"after": 12}, ("had", 5, 5)),
        ({"writes": (Written(11, 12, at(9), at(11)),)}, ("written", 10, 11)),
        (
            {"writes": (Written(10, 11, at(6), at(8)), Written(11, 14, at(12), at(14)))},
            ("written", 12, 14),
        ),
        ({"writes": (Written(10, 11, at(6), at(8)),)}, ("waiting", 10, 60)),
        # The look that found it is lost: it was between the one before and the one after.
        ({"writes": (Written(12, 14, at(20), at(22)),)}, ("written", 10, 20)),
        (ended(30, written=14, taken=14, noted=12), ("written", 10, 29)),
        ({"is_worker_gone": True}, ("unknown", 10, 60)),
        (ended(30, written=12, taken=12), ("written", 29, 30)),
        (ended(30, written=11, taken=12), ("unfinished", 29, 30)),
        (ended(30, written=11, taken=11), ("unwritten", 29, 30)),
        (reset(writes=(Written(11, 12, at(19), at(21)),)), ("snapshot", 20, 21)),
        (reset(**ended(30, written=11, taken=12)), ("unfinished", 29, 30)),
        (ended(9), None),
        ({"mode": "refused"}, None),
    ],
)
def test_the_fate_of_an_event_follows_from_the_notes_of_a_stream(
    known: dict[str, Any], expected: tuple[str, float, float] | None
) -> None:
    found = [(f.kind, f.since, f.until) for f in fates(EVENT, [stream(**known)])]
    assert found == ([(expected[0], at(expected[1]), at(expected[2]))] if expected else [])


def test_only_what_delayed_this_event_is_a_delay_of_it() -> None:
    delayed = stream(
        writes=(Written(11, 12, at(9), at(14)),),
        caught_up=(CaughtUp("challenge:7", 9, 11, at(8)), CaughtUp("challenge:7", 11, 12, at(13))),
        stalls=(Stall(at(6), at(8)), Stall(at(9), at(12)), Stall(at(30), at(31))),
    )
    (fate,) = fates(EVENT, [delayed])
    assert fate.caught_up == CaughtUp("challenge:7", 11, 12, at(13))
    assert fate.stalls == (Stall(at(9), at(12)),)


def told(*streams: StreamHistory, events: tuple[LoggedEvent, ...] = (EVENT,)) -> list[Story]:
    return stories({event: fates(event, streams) for event in events}, streams)


def outcomes(*streams: StreamHistory) -> dict[str, str]:
    return {story.session: story.outcome for story in told(*streams)}


def test_the_next_cursor_of_the_same_browser_says_whether_it_was_received() -> None:
    written = stream(writes=(Written(11, 12, at(9), at(11)),))
    assert outcomes(written) == {"phone": "written"}
    assert outcomes(written, stream("B", after=12, opened_at=at(20))) == {"phone": "received"}
    assert outcomes(written, stream("B", after=11, opened_at=at(20))) == {"phone": "missing"}
    other = stream("B", after=12, opened_at=at(20), session="laptop")
    assert outcomes(written, other) == {"phone": "written", "laptop": "received"}


def test_a_polling_client_acknowledges_by_its_next_poll() -> None:
    polled: dict[str, Any] = {"transport": "polling", "writes": (Written(11, 12, at(9), at(11)),)}
    assert outcomes(stream(**polled, acknowledged=11)) == {"phone": "written"}
    assert outcomes(stream(**polled, acknowledged=12)) == {"phone": "received"}


def test_what_was_asked_for_again_and_came_is_no_longer_missing() -> None:
    first = stream(writes=(Written(11, 12, at(9), at(11)),))
    second = stream("B", after=11, opened_at=at(20), writes=(Written(11, 12, at(19), at(21)),))
    (story,) = told(first, second)
    assert story.outcome == "written"
    assert story.steps[1] == Asked(second, has_it=False)


def test_a_browser_that_was_gone_is_told_of_only_if_no_other_was_there() -> None:
    gone = stream(**ended(9))
    assert outcomes(gone) == {"phone": "missing"}
    there = stream("B", session="laptop", writes=(Written(11, 12, at(9), at(11)),))
    assert outcomes(gone, there) == {"laptop": "written"}


def test_a_gap_has_the_attempts_that_were_refused_in_it() -> None:
    before, after = stream(**ended(8)), stream("C", opened_at=at(20))
    refused = stream("B", mode="refused", opened_at=at(9), ended_at=at(18), reason="limit")
    late = stream("D", mode="refused", opened_at=at(30), ended_at=at(31), reason="limit")
    streams = [before, refused, after, late]
    assert gaps(streams) == [Gap(at(8), at(20), (refused,))]
    (story,) = told(*streams)
    assert story.steps[0] == Gap(at(8), at(20), (refused,))


def test_overlapping_streams_leave_no_gap() -> None:
    assert gaps([stream(**ended(30)), stream("B", opened_at=at(20), **ended(25))]) == []
    assert gaps([stream(), stream("B", opened_at=at(20))]) == []


def test_events_of_the_same_story_are_told_together() -> None:
    events = tuple(LoggedEvent(seq, "x", at(10)) for seq in (10, 11, 12, 13))
    found = told(stream(writes=(Written(11, 12, at(9), at(11)),)), events=events)
    assert [[event.seq for event in story.events] for story in found] == [[10], [11, 12], [13]]
