"""Random sequences of actions: participants, strangers, retries, time, and the sweeper at any point.

After each one, the challenge is in a state of the contract to which its events lead as well.
"""

from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from conformance.duel_log import violations
from qader_sse import create_app
from qader_sse.domain.challenge import FINAL, PLAYING, Challenge
from qader_sse.domain.events import challenge_topic
from qader_sse.domain.presenters import Viewer
from qader_sse.domain.violations import RuleViolation
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.store import event_log
from tests.conftest import dispose, make_settings
from tests.support.clock import SettableClock
from tests.support.duel import add_users, question_id_at
from tests.support.late_requests import GRACE_SECONDS
from tests.support.participant_rules import ANY_USER, PEOPLE, TIMES, ParticipantRules
from tests.support.presence_rules import PresenceRules
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
CHOICES = st.sampled_from("ABCD")
# How far a challenge has come when the random actions begin. Each has examples of its own, because
# chance reaches some of them too rarely.
BEGINNINGS = ["", "accepted", "ongoing", "overtaken", "late", "left", "again", "seeking", "present"]
EXAMPLES = 10  # of each
# What the sequences must reach: invites alone would test little.
SEEN = {
    *("accepted", "ongoing", "completed", "rematch", "late", "presence"),
    *("completed by leaving", "cancelled by leaving", "StillPlaying"),
}


class LifeOfAChallenge(ParticipantRules, PresenceRules):
    """Real use cases on a real database; the test sets the clock, also back by an hour."""

    names = count()
    begins: str

    @initialize(
        kind=st.sampled_from(["quick_quant_10", "accuracy_challenge"]),
        is_search=st.sampled_from([False, False, True]),
    )
    def create(self, kind: str, is_search: bool) -> None:
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
        match self.begins:
            case "accepted":
                self.accept("khalid", 1)
            case "ongoing":
                self.begin()
            case "overtaken":
                self.begin()
                self.overtake_an_answer(0, "B")
            case "late":
                self.answer_at_the_last_moment("khalid", 0)
            case "left":
                self.agree_and_leave("noura", has_begun=True)
            case "again":
                self.begin()
                self.both_ask_for_a_rematch("khalid", again=True)
            case "seeking":
                self.begin()
                self.search_for_another_type("noura")
            case "present":
                self.begin()
                self.come_and_go({"noura"})

    @rule()
    def join_by_searching(self) -> None:
        before = self.stored()
        found = self.seek("khalid", self.kind)
        if found is not None and found.id != self.challenge_id:
            assert found.status == "pending_matchmaking"
            self.service.challenges.cancel(found.id, self.ids["khalid"], self.clock())
            assert self.stored() == before
        self.note()

    @rule(name=ANY_USER, which=st.integers(0, 15), choice=CHOICES, times=TIMES)
    def answer(self, name: str, which: int, choice: str, times: int) -> None:
        question_id = question_id_at(self.stored(), which)
        for _ in range(times):
            self.give(name, question_id, choice)

    @rule(
        choice=CHOICES,
        but_one=st.booleans(),
        names=st.sampled_from([("noura", "khalid"), ("khalid",), ("noura",)]),
    )
    def answer_all(self, choice: str, but_one: bool, names: tuple[str, ...]) -> None:
        questions = self.stored().questions
        for name in names:
            for question in questions[1 if but_one else 0 :]:
                self.give(name, question.id, self.given.get((name, question.id), choice))

    @rule(which=st.integers(0, 9), choice=CHOICES)
    def overtake_an_answer(self, which: int, choice: str) -> None:
        """Noura's answer arrives first, and her worker comes to it after khalid's."""
        sent_to, arrived_at = self.stored(), self.clock()
        self.clock.advance(0.3)
        self.answer("khalid", which, choice, 1)
        question_id = question_id_at(sent_to, which)
        self.come_to_answer("noura", question_id, choice, sent_to, arrived_at)

    @rule(name=st.sampled_from(["noura", "khalid"]), which=st.integers(0, 9))
    def answer_at_the_last_moment(self, name: str, which: int) -> None:
        self.begin()
        self.reach_the_end_of_its_time(-0.5)
        self.let_requests_wait(0.999, is_swept=True)
        self.answer(name, which, "A", 1)

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
        self.has_the_right_times(challenge)
        self.has_the_right_winner(challenge)
        for attempt in challenge.attempts:
            viewer = Viewer(attempt.player.id, "en")
            frames = stored_frames(self.service, self.challenge_id, viewer)
            assert [frame.seq for frame in frames] == list(range(1, head + 1))
            self.tells_the_state(frames, viewer)
            ends = [f.seq for f in frames if payload(f).get("status") in FINAL]
            assert ends == ([head] if challenge.status in FINAL else [])

    def has_the_right_winner(self, challenge: Challenge) -> None:
        left = [attempt for attempt in challenge.attempts if attempt.has_left]
        if left:
            (other,) = {attempt.player.id for attempt in challenge.attempts} - {left[0].player.id}
            ends = [("completed", "left", other), ("cancelled", None, None)]
            assert (challenge.status, challenge.end_reason, challenge.winner_id) in ends
            self.seen[f"{challenge.status} by leaving"] += 1

    def tells_the_state(self, frames: list[Frame], viewer: Viewer) -> None:
        if not payload(frames[0])["user_is_participant"]:
            frames = frames[1:]  # the first event of a search, before this viewer joined
        told = [payload(frame) for frame in frames if frame.type == "answer.result"]
        answers = [self.stored().answer_of(one["user_id"], one["question_id"]) for one in told]
        times = [answer.answered_at for answer in answers if answer is not None]
        assert times == sorted(times)
        messages = [
            (frame.seq, {"type": frame.type, "payload": payload(frame)}) for frame in frames
        ]
        assert violations(messages, viewer.user_id) == []
        followed = follow(payload(frames[0]), frames[1:], viewer)
        start = self.service.opener.challenge(self.challenge_id, viewer, None)
        (fresh,) = first_frames(start, viewer)
        assert without_time(followed) == without_time(payload(fresh))

    def give(self, name: str, question_id: int, choice: Any) -> None:
        sent_to = self.stored()
        self.come_to_answer(name, question_id, choice, sent_to, self.arrive())

    def come_to_answer(
        self, name: str, question_id: int, choice: Any, sent_to: Challenge, arrived_at: datetime
    ) -> None:
        """Answer. An accepted answer is accepted again, and no other one for the same question."""
        earlier = self.given.get((name, question_id))
        challenge = self.stored()
        can_be_given = (
            sent_to.status == "ongoing"
            and sent_to.attempt_of(self.ids[name]) is not None
            and any(question.id == question_id for question in sent_to.questions)
        )
        try:
            self.service.challenges.answer(
                self.challenge_id, self.ids[name], question_id, choice, None, arrived_at
            )
        except RuleViolation:
            assert earlier != choice
            assert self.stored() == challenge
            if can_be_given and earlier is None:
                assert not self.is_in_time(sent_to, arrived_at)
        else:
            assert earlier in (None, choice)
            if earlier is None:
                assert not sent_to.is_overdue(arrived_at)
                if sent_to.is_overdue(self.clock()):
                    self.seen["late"] += 1
            self.given[name, question_id] = choice
        self.note()

    def note(self) -> None:
        status = self.stored().status
        if not self.statuses or self.statuses[-1] != status:
            previous = self.statuses[-1] if self.statuses else None
            assert status in TRANSITIONS.get(previous, set())
            self.statuses.append(status)
            if status in PLAYING:
                assert self.searches("noura", "khalid") == []
            self.seen[status] += 1


def test_any_sequence_of_actions_keeps_the_promises_of_the_contract(
    database_url: str, clock: SettableClock
) -> None:
    app = create_app(make_settings(database_url, arrival_grace_seconds=GRACE_SECONDS), clock=clock)
    LifeOfAChallenge.service, LifeOfAChallenge.clock = app.extensions["qader_sse"], clock
    for LifeOfAChallenge.begins in BEGINNINGS:
        run_state_machine_as_test(
            LifeOfAChallenge,
            settings=settings(
                max_examples=EXAMPLES, stateful_step_count=30, deadline=None, derandomize=True
            ),
        )
    dispose(app)
    assert set(LifeOfAChallenge.seen) >= SEEN
