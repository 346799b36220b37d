"""The settings of the limits: a part of `config.Settings`, which reads them from the environment."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from qader_sse.domain.challenge_types import CHALLENGE_TYPES
from qader_sse.domain.duel_limits import DuelLimits
from qader_sse.limits.rates import is_rate

# The others need places, too: every duel begins with a stream on an invite.
_MAX_PERCENT = 50
_MOST_QUESTIONS = max(kind.num_questions for kind in CHALLENGE_TYPES.values())


# Without slots: a class inherits them from one of its bases only.
@dataclass(frozen=True, kw_only=True)
class LimitSettings:
    """How much somebody may do. The rate `20/minute burst 60` means 60 at once, then 20 a minute.

    Without a burst, as many may come at once as the unit of time has. Of several rates, each holds.
    """

    # False switches off every limit of this room and every other that docs/operations.md lists with
    # it: for load tests, whose many accounts come from one address.
    fair_shares: bool = True
    # Failed sign-ins of one account from one address. The wait for the next attempt grows with the
    # failures, from half a minute to a quarter of an hour: some 110 guesses on the first day.
    sign_in_failure_rate: str = (
        "2/minute burst 5; 1/minute burst 6; 20/hour burst 8; 4/hour burst 10"
    )
    # Of one address, for all accounts: somebody tries one password with many names. A school has one
    # address: a hundred pupils may mistype at the same minute.
    address_failure_rate: str = "300/hour burst 100"
    # Of one account, from all addresses. One address causes four an hour, by the rate above: only
    # ten or more that go on for many hours get here.
    account_failure_rate: str = "40/hour burst 500"
    # Of one address: three classes register in the same lesson.
    registration_rate: str = "200/hour burst 100"
    # Of one account. A rematch is an invite, too.
    invite_rate: str = "10/minute burst 20"
    search_rate: str = "10/minute burst 20"
    # REST requests of one account, each worker for itself. A page loads with a handful.
    action_rate: str = "20/second burst 60"

    # How many of one user's invites of the last 24 hours may be unaccepted, in all and to one person.
    max_invites_per_day: int = 100
    max_invites_to_one_per_day: int = 20
    # How many invites may wait for a person: from one sender, one of each type; from all together.
    max_pending_invites_from_one: int = 5
    max_pending_invites: int = 30
    # Who plays with a second account of their own learns the answers of all questions they see.
    duels_with_same_person_per_day: int = 20
    # How many questions a person may be shown in an hour: a duel of ten in less than three minutes.
    questions_per_hour: int = 250
    # And somebody whose account is younger than this: nine duels of ten questions.
    new_account_questions_per_hour: int = 90
    new_account_seconds: float = 24 * 3600.0

    # The streams of one person at each worker: three devices that follow as many topics as one can.
    max_streams_per_person: int = 24
    # Those of one address: a school in which some hundred pupils play at the same time.
    max_streams_per_address: int = 500
    # How many of a worker's MAX_STREAMS are for the players of running duels alone.
    streams_for_players_percent: int = 10

    @property
    def duel_limits(self) -> DuelLimits | None:
        """Return the limits of invites and duels; None if they are switched off."""
        if not self.fair_shares:
            return None
        return DuelLimits(
            invites_per_day=self.max_invites_per_day,
            invites_to_one_per_day=self.max_invites_to_one_per_day,
            pending_invites_from_one=self.max_pending_invites_from_one,
            pending_invites=self.max_pending_invites,
            duels_with_same_person_per_day=self.duels_with_same_person_per_day,
            questions_per_hour=self.questions_per_hour,
            new_account_questions_per_hour=self.new_account_questions_per_hour,
            new_account_seconds=self.new_account_seconds,
        )

    def limit_mistakes(self) -> Iterator[str]:
        """Yield a sentence for each setting that cannot be used."""
        if self.streams_for_players_percent > _MAX_PERCENT:
            yield f"STREAMS_FOR_PLAYERS_PERCENT must be at most {_MAX_PERCENT}."
        for name in ("questions_per_hour", "new_account_questions_per_hour"):
            if 0 < getattr(self, name) < _MOST_QUESTIONS:
                yield (
                    f"{name.upper()} must be at least {_MOST_QUESTIONS}, or nobody could play the"
                    " longest type of challenge."
                )
        for field in fields(LimitSettings):
            value = getattr(self, field.name)
            if isinstance(value, str) and not is_rate(value):
                yield (
                    f"{field.name.upper()} must be a rate such as 20/minute or 20/minute burst 60,"
                    f" not {value!r}. Several are separated by semicolons, and each holds."
                )
