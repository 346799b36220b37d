"""Random sequences of actions: participants, strangers, retries, time, and the sweeper at any point.

After each one, the challenge is in a state of the contract to which its events lead as well.
"""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from conformance.duel_log import violations
from qader_sse.domain.challenge import FINAL, Challenge
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.domain.violations import RuleViolation
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.service import Service
from qader_sse.store import event_log
from tests.support.challenges import with_sorted_answers
from tests.support.clock import SettableClock
from tests.support.duel import add_users
from tests.support.meeting_rules import MeetingRules
from tests.support.replay import follow, payload, without_time
from tests.support.streams import first_frames, stored_frames

pytestmark = pytest.mark.timeout(300)

# The transitions of the contract, from and to.
TRANSITIONS = {
    None: {"pending_invite", "pending_matchmaking"},
    "pending_invite": {"accepted", "declined", "cancelled", "expired"},
    "pending_matchmaking": {"accepted", "cancelled", "expired"},
    "accepted": {"ongoing", "cancelled", "expired"},
    "ongoing": {"completed"},
}
PEOPLE = ("khalid", "noura", "stranger")
ANY_USER = st.sampled_from(PEOPLE)
CHOICES = st.sampled_from("ABCD")


class LifeOfAChallenge(MeetingRules):
    """Real use cases on a real database; the test sets the clock, also back by an hour."""

    names = count()

    @initialize(
        kind=st.sampled_from(["quick_quant_10", "accuracy_challenge"]),
        is_search=st.sampled_from([False, False, True]),
        has_begun=st.booleans(),
    )
    def create(self, kind: str, is_search: bool, has_begun: bool) -> None:
        number = next(self.names)
        self.opponent = f"khalid{number}"
        users = add_users(self.service, *(f"{name}{number}" for name in PEOPLE))
        self.ids = dict(zip(PEOPLE, users, strict=True))
        self.statuses: list[str] = []
        self.checked_head = 0
        use_cases, now = self.service.challenges, self.clock()
        if is_search:
            created = use_cases.seek(self.ids["noura"], kind, now)
        else:
            created = use_cases.invite(self.ids["noura"], kind, self.opponent, now)
        self.kind, self.challenge_id = kind, created.id
        self.given: dict[tuple[str, int], str] = {}
        self.note()
        if has_begun:
            self.begin()

    @rule(name=ANY_USER)
    def accept(self, name: str) -> None:
        self.do(lambda now: self.service.challenges.accept(self.challenge_id, self.ids[name], now))

    @rule()
    def join_by_searching(self) -> None:
        before = self.stored()
        found = self.service.challenges.seek(self.ids["khalid"], self.kind, self.clock())
        if found.id != self.challenge_id:
            assert found.status == "pending_matchmaking"
            self.service.challenges.cancel(found.id, self.ids["khalid"], self.clock())
            assert self.stored() == before
        self.note()

    @rule()
    def begin(self) -> None:
        """Accept and get ready, as two participants who want to play do."""
        self.accept("khalid")
        self.ready("noura", 1)
        self.ready("khalid", 1)

    @rule(name=st.sampled_from(["khalid", "khalid", "noura", "stranger"]))
    def decline(self, name: str) -> None:
        self.do(lambda now: self.service.challenges.decline(self.challenge_id, self.ids[name], now))

    @rule(name=st.sampled_from(["noura", "noura", "khalid", "stranger"]))
    def cancel(self, name: str) -> None:
        self.do(lambda now: self.service.challenges.cancel(self.challenge_id, self.ids[name], now))

    @rule(name=st.sampled_from(["noura", "khalid", "stranger"]), often=st.sampled_from([1, 0, 0]))
    def leave(self, name: str, often: int) -> None:
        if often:
            self.do(
                lambda now: self.service.challenges.leave(self.challenge_id, self.ids[name], now)
            )

    @rule(name=ANY_USER, times=st.integers(1, 2))
    def ready(self, name: str, times: int) -> None:
        for _ in range(times):
            self.do(
                lambda now: self.service.challenges.ready(self.challenge_id, self.ids[name], now)
            )

    @rule(name=ANY_USER, which=st.integers(0, 15), choice=CHOICES, times=st.integers(1, 2))
    def answer(self, name: str, which: int, choice: str, times: int) -> None:
        questions = self.stored().questions
        question_id = questions[which].id if which < len(questions) else 999_999
        for _ in range(times):
            self.give(name, question_id, choice)

    @rule(choice=CHOICES, but_one=st.booleans())
    def answer_all(self, choice: str, but_one: bool) -> None:
        questions = self.stored().questions
        for name in ("noura", "khalid"):
            for question in questions[1 if but_one else 0 :]:
                self.give(name, question.id, self.given.get((name, question.id), choice))

    @rule(seconds=st.sampled_from([0.001, 1, 299.999, 300, 599.999, 3600, 86_400]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(milliseconds=st.sampled_from([-1, 0]))
    def reach_the_end_of_its_time(self, milliseconds: int) -> None:
        """Set the clock exactly to the end of the current status, or a millisecond before."""
        due_at = self.stored().due_at
        if due_at is not None:
            self.clock.now = due_at + timedelta(milliseconds=milliseconds)

    @rule()
    def let_its_time_run_out(self) -> None:
        self.reach_the_end_of_its_time(0)
        self.sweep()

    @rule()
    def step_the_clock_back_by_an_hour(self) -> None:
        self.clock.advance(-3600)

    @rule()
    def sweep(self) -> None:
        self.service.sweeper.run_once()
        self.note()

    def teardown(self) -> None:
        """End the challenge, so that no search of the next example is matched with it."""
        if hasattr(self, "challenge_id"):
            self.forget_all()

    @invariant()
    def its_log_tells_the_stored_state_and_ends_once(self) -> None:
        with self.service.database.read_transaction() as connection:
            head = event_log.bounds(connection, challenge_topic(self.challenge_id)).head
        if head == self.checked_head:
            return  # no event since; `do` and `give` check that nothing has changed
        self.checked_head = head
        challenge = self.stored()
        for attempt in challenge.attempts:
            viewer = Viewer(attempt.player.id, "en")
            frames = stored_frames(self.service, self.challenge_id, viewer)
            assert [frame.seq for frame in frames] == list(range(1, head + 1))
            self.tells_the_state(frames, viewer)
            ends = [f.seq for f in frames if payload(f).get("status") in FINAL]
            assert ends == ([head] if challenge.status in FINAL else [])

    def tells_the_state(self, frames: list[Frame], viewer: Viewer) -> None:
        if not payload(frames[0])["user_is_participant"]:
            frames = frames[1:]  # the first event of a search, before this viewer joined
        messages = [
            (frame.seq, {"type": frame.type, "payload": payload(frame)}) for frame in frames
        ]
        assert violations(messages, viewer.user_id) == []
        followed = follow(payload(frames[0]), frames[1:], viewer)
        start = self.service.opener.challenge(self.challenge_id, viewer, None)
        (fresh,) = first_frames(start, viewer)
        assert without_time(followed) == without_time(payload(fresh))

    def do(self, act: Callable[[Any], Challenge]) -> None:
        before = self.stored()
        try:
            after = act(self.clock())
        except RuleViolation:
            assert self.stored() == before
        else:
            assert self.stored() == with_sorted_answers(after)
        self.note()

    def give(self, name: str, question_id: int, choice: Any) -> None:
        """Answer. An accepted answer is accepted again, and no other one for the same question."""
        earlier = self.given.get((name, question_id))
        challenge = self.stored()
        due_at, now = challenge.due_at, self.clock()
        try:
            self.service.challenges.answer(
                self.challenge_id, self.ids[name], question_id, choice, None, now
            )
        except RuleViolation:
            assert earlier != choice
            assert self.stored() == challenge
        else:
            assert earlier in (None, choice)
            if earlier is None:
                assert due_at is not None
                assert now < due_at
            self.given[name, question_id] = choice
        self.note()

    def note(self) -> None:
        status = self.stored().status
        if not self.statuses or self.statuses[-1] != status:
            previous = self.statuses[-1] if self.statuses else None
            assert status in TRANSITIONS.get(previous, set())
            self.statuses.append(status)
            if status in ("accepted", "ongoing"):
                assert self.searches() == []
            self.seen[status] += 1


def test_any_sequence_of_actions_keeps_the_promises_of_the_contract(
    service: Service, clock: SettableClock
) -> None:
    LifeOfAChallenge.service, LifeOfAChallenge.clock = service, clock
    run_state_machine_as_test(
        LifeOfAChallenge,
        settings=settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True),
    )
    # Invites alone would test little: the sequences must reach searches and running duels as well.
    assert {"accepted", "ongoing", "completed", "rematch"} <= set(LifeOfAChallenge.seen)
