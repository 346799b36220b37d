"""The rules of the random sequences by which two people who want the same duel meet in one."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from sqlalchemy import update

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.violations import (
    ChallengeNotFound,
    MatchesMissed,
    NotCompleted,
    StillPlaying,
)
from qader_sse.service import Service
from qader_sse.store import challenges, matchmaking, models
from tests.support.challenges import with_sorted_answers
from tests.support.clock import SettableClock


class MeetingRules(RuleBasedStateMachine):
    """Noura, who has created the challenge, khalid and a stranger, on a real database."""

    service: ClassVar[Service]
    clock: ClassVar[SettableClock]
    seen: ClassVar[Counter[str]] = Counter()
    ids: dict[str, int]
    opponent: str
    kind: str
    challenge_id: int

    def note(self) -> None:
        """Check and remember the status of the challenge after a step."""
        raise NotImplementedError

    @rule(name=st.sampled_from(["noura", "khalid"]))
    def invite_the_other(self, name: str) -> None:
        """Whoever is invited accepts by inviting; the invite of the one who invites is the same."""
        before, now = self.stored(), self.clock()
        other = self.opponent if name == "noura" else self.opponent.replace("khalid", "noura")
        found = self.service.challenges.invite(self.ids[name], self.kind, other, now)
        if found.id == self.challenge_id:
            assert before.status == "pending_invite"
            assert found.status == ("pending_invite" if name == "noura" else "accepted")
        else:
            assert found.status == "pending_invite"
            self.service.challenges.cancel(found.id, self.ids[name], now)
            assert self.stored() == before
        self.note()

    @rule(first=st.sampled_from(["noura", "khalid"]), again=st.booleans())
    def both_ask_for_a_rematch(self, first: str, again: bool) -> None:
        """Where a duel is on, its time runs out first."""
        before = self.stored()
        if before.status == "ongoing":
            self.run_out()
            self.note()
        before, now = self.stored(), self.clock()
        second = "khalid" if first == "noura" else "noura"
        names = [first, first, second, first] if again else [first, second]
        asked = []
        for name in names:
            with suppress(NotCompleted, ChallengeNotFound):
                use_cases = self.service.challenges
                asked.append(use_cases.rematch(self.challenge_id, self.ids[name], now))
        if before.status == "completed":
            (rematch_id,) = {challenge.id for challenge in asked}
            assert [challenge.status for challenge in asked][-1] == "ongoing"
            self.forget(rematch_id)
            self.seen["rematch"] += 1
        else:
            assert asked == []
        assert self.stored() == before

    @rule(name=st.sampled_from(["noura", "khalid"]))
    def search_for_another_type(self, name: str) -> None:
        """Begin a search, which stays open: it replaces one's search of another type."""
        found = self.seek(name, "medium_verbal_15")
        if found is not None and found.status == "accepted":
            assert self.searches("noura", "khalid") == []
        elif found is not None:
            assert self.searches(name) == [found.id]
        self.note()

    def seek(self, name: str, kind: str) -> Challenge | None:
        """Search. Whoever plays, or has missed a match, is refused, and nothing changes."""
        before, searches, now = self.stored(), self.searches(name), self.clock()
        try:
            found = self.service.challenges.seek(self.ids[name], kind, now)
        except (StillPlaying, MatchesMissed) as refused:
            assert (self.stored(), self.searches(name)) == (before, searches)
            self.seen[type(refused).__name__] += 1
            return None
        own = before.attempt_of(self.ids[name])
        if before.status == "ongoing" and before.due_at and before.due_at > now and own:
            assert own.end_time is not None
        return found

    def searches(self, *names: str) -> list[int]:
        """Return the open searches of these people."""
        with self.service.database.read_transaction() as connection:
            players = [self.ids[name] for name in names]
            return matchmaking.open_searches(connection, players, self.clock())

    def run_out(self) -> None:
        """Let the time of the challenge run out, and the grace of what may have arrived in it."""
        due_at = self.stored().due_at
        if due_at is not None:
            grace = timedelta(seconds=self.service.settings.arrival_grace_seconds)
            self.clock.now = due_at + grace
        self.service.sweeper.run_once()

    def forget_all(self) -> None:
        """End all challenges of these people, so that nobody is matched with them any more."""
        with self.service.database.transaction() as tx:
            theirs = models.Challenge.challenger_id.in_(self.ids.values())
            tx.connection.execute(
                update(models.Challenge).where(theirs).values(status="expired", due_at=None)
            )

    def forget(self, challenge_id: int) -> None:
        with self.service.database.transaction() as tx:
            this = models.Challenge.id == challenge_id
            tx.connection.execute(
                update(models.Challenge).where(this).values(status="expired", due_at=None)
            )

    def stored(self) -> Challenge:
        with self.service.database.read_transaction() as connection:
            found = challenges.load(connection, self.challenge_id)
        assert found is not None
        return with_sorted_answers(found)
