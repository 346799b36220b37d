"""The rule of the random sequences by which players come and go."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presence import MAX_ABSENCES
from tests.support.meeting_rules import MeetingRules


class PresenceRules(MeetingRules):
    """One worker, to which the players are connected."""

    @rule(names=st.sets(st.sampled_from(["noura", "khalid"])))
    def come_and_go(self, names: set[str]) -> None:
        """Both come, both go, and some come again: a duel tells it, and nothing else changes."""
        before, both = self.stored(), {self.ids["noura"], self.ids["khalid"]}
        present = {self.ids[name] for name in names}
        for seen in (both, set[int](), present):
            self.service.presence.record(seen, set())
        after = self.stored()
        assert _without_presence(after) == _without_presence(before)
        if before.is_playing and not before.is_overdue(self.clock()):
            for attempt in after.attempts:
                if attempt.absences < MAX_ABSENCES:
                    assert attempt.is_online == (attempt.player.id in present)
            self.seen["presence"] += 1
        else:
            assert after == before
        self.note()


def _without_presence(challenge: Challenge) -> Challenge:
    attempts = (replace(each, is_online=False, absences=0) for each in challenge.attempts)
    return replace(challenge, attempts=tuple(attempts))
