"""An announcement whose event the log had first counts as lost only if it does not come soon after."""

from qader_sse.realtime.missed_announcements import MissedAnnouncements
from qader_sse.realtime.stream_notes import StreamNotes
from tests.support.clock import SettableClock


class Ticks:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_comes_a_little_later_than_a_catch_up_is_not_lost() -> None:
    ticks = Ticks()
    missed = MissedAnnouncements(StreamNotes(SettableClock()), ticks)
    missed.found("challenge:1", 5, 7)
    missed.found("challenge:2", 1, 2)
    missed.came("challenge:1")
    assert missed.count_lost() == 0  # it may still come
    ticks.now += 1.0
    assert missed.count_lost() == 1
    assert missed.count_lost() == 0  # each is counted once


def test_a_topic_that_loses_more_and_more_is_not_awaited_for_ever() -> None:
    ticks = Ticks()
    missed = MissedAnnouncements(StreamNotes(SettableClock()), ticks)
    for head in range(2, 5):
        missed.found("challenge:1", head - 1, head)
        ticks.now += 0.5
    assert missed.count_lost() == 1
