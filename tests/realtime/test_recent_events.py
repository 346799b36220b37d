"""Recent events have no gaps: a subscription that is further behind reads the log."""

import tracemalloc

import pytest

from qader_sse.domain.events import Event
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol.rendered_event import render
from qader_sse.realtime.recent_events import RecentEvents


def event(seq: int) -> Event:
    return Event("challenge:1", seq, "answer.result", {})


def after(recent: RecentEvents, cursor: int) -> list[int] | None:
    events = recent.after(cursor)
    return None if events is None else [rendered.seq for rendered in events]


def test_a_new_tail_knows_nothing() -> None:
    assert RecentEvents().after(0) is None


def test_events_after_the_head_are_there_for_every_cursor_since() -> None:
    recent = RecentEvents()
    recent.raise_head(4)
    assert [recent.add(event(seq)) for seq in (5, 6)] == [True, True]
    assert [after(recent, cursor) for cursor in (3, 4, 5, 6)] == [None, [5, 6], [6], []]


def test_a_repeated_or_late_event_is_not_new() -> None:
    recent = RecentEvents()
    recent.raise_head(4)
    recent.add(event(5))
    assert [recent.add(event(seq)) for seq in (5, 3, 4)] == [False, False, False]
    assert after(recent, 4) == [5]


def test_the_newest_events_have_no_gap_between_them() -> None:
    recent = RecentEvents()
    recent.raise_head(4)
    for seq in (5, 6, 8, 9):
        recent.add(event(seq))
    assert [rendered.seq for rendered in recent.events] == [8, 9]


def test_after_a_gap_only_the_log_has_the_events_before_it() -> None:
    recent = RecentEvents()
    recent.raise_head(4)
    recent.add(event(5))
    assert recent.add(event(8))
    assert [after(recent, cursor) for cursor in (4, 6, 7, 8)] == [None, None, [8], []]


def test_a_cursor_ahead_of_the_announcements_gets_nothing() -> None:
    recent = RecentEvents()
    recent.raise_head(4)
    assert after(recent, 6) == []


@pytest.mark.parametrize(("head", "is_new"), [(3, False), (4, False), (5, True)])
def test_a_head_from_the_log_is_new_only_if_it_is_higher(head: int, is_new: bool) -> None:
    recent = RecentEvents()
    recent.raise_head(4)
    assert recent.raise_head(head) is is_new


def test_memory_is_bounded_however_long_a_topic_is() -> None:
    recent = RecentEvents()
    recent.raise_head(0)
    for seq in range(1, 10_001):
        recent.add(event(seq))
    assert after(recent, 9_999) == [10_000]
    assert after(recent, 9_000) is None


def test_a_message_in_memory_takes_little_more_than_its_bytes() -> None:
    fact = {
        **dict.fromkeys(("user_id", "question_id", "current_score"), 1),
        "is_correct": True,
        "selected_answer": "A",
        "selected_answer_visible_to": [1],
    }
    results = [Event("challenge:1", seq, "answer.result", fact) for seq in range(1, 33)]
    recent, viewer = RecentEvents(), Viewer(1, "en")
    render(results[0], viewer)  # what is allocated only once is allocated before the measurement
    tracemalloc.start()
    for result in results:
        recent.add(result)
    frames = [found.seen_by(viewer) for found in recent.events]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / len(frames) < 1024
