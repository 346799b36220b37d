"""The rules of the random sequences about time: it passes, it runs out, and a server comes to requests late."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.violations import RuleViolation
from tests.support.challenges import with_sorted_answers
from tests.support.meeting_rules import MeetingRules

GRACE_SECONDS = 1.0


class LateRequests(MeetingRules):
    """Each request waits for a while before the server comes to it; another worker may sweep then."""

    wait_seconds = 0.0
    is_swept = False

    @rule(seconds=st.sampled_from([0, 0.3, 0.999, 1.5]), is_swept=st.booleans())
    def let_requests_wait(self, seconds: float, is_swept: bool) -> None:
        self.wait_seconds, self.is_swept = seconds, is_swept

    @rule(seconds=st.sampled_from([0.001, 1, 299.999, 300, 599.999, 3600, 86_400]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-0.5, -0.001, 0]))
    def reach_the_end_of_its_time(self, seconds: float) -> None:
        """Set the clock exactly to the end of the current status, or a moment before."""
        due_at = self.stored().due_at
        if due_at is not None:
            self.clock.now = due_at + timedelta(seconds=seconds)

    @rule()
    def let_its_time_run_out(self) -> None:
        self.run_out()
        self.note()

    @rule()
    def step_the_clock_back_by_an_hour(self) -> None:
        self.clock.advance(-3600)

    @rule()
    def sweep(self) -> None:
        self.service.sweeper.run_once()
        self.note()

    def do(self, act: Callable[[datetime], Challenge], times: int = 1) -> None:
        """Send a request, several times where its answer is lost: that changes nothing."""
        for number in range(times):
            arrived_at = self.arrive()
            before = self.stored()
            try:
                after = with_sorted_answers(act(arrived_at))
            except RuleViolation:
                assert self.stored() == before
                assert number == 0
                break
            assert self.stored() == after
            assert number == 0 or after == before
        self.note()

    def arrive(self) -> datetime:
        """Return when a request arrived that the server comes to now."""
        before, arrived_at = self.stored(), self.clock()
        self.clock.advance(self.wait_seconds)
        if self.is_swept:
            self.sweep()
        if self.is_in_time(before, arrived_at):
            assert self.stored() == before
        return arrived_at

    def is_in_time(self, challenge: Challenge, arrived_at: datetime) -> bool:
        """Whether what arrived then, and is come to now, has to find a challenge as it was."""
        waited = (self.clock() - arrived_at).total_seconds()
        return not challenge.is_overdue(arrived_at) and waited < GRACE_SECONDS

    def has_the_right_times(self, challenge: Challenge) -> None:
        answers = sorted(answer.answered_at for answer in challenge.answers)
        known = (challenge.created_at, challenge.accepted_at, challenge.started_at, *answers)
        moments = [at for at in (*known, challenge.completed_at, challenge.deadline_at) if at]
        assert moments == sorted(moments)
        done = [attempt.end_time for attempt in challenge.attempts if attempt.end_time]
        if challenge.status == "ongoing" and challenge.kind.time_limit_seconds is None:
            limit = timedelta(seconds=self.service.settings.second_player_seconds)
            assert challenge.deadline_at == (done[0] + limit if done else None)
