"""What the rules refuse, by name. Status codes and sentences belong to `qader_sse.web.error_responses`."""

from qader_sse.domain.payloads import Status


class RuleViolation(Exception):
    """A rule of the duel was broken; nothing has changed."""


class ChallengeNotFound(RuleViolation):
    """No such challenge, or not one of the asker's."""


class NotAParticipant(RuleViolation):
    """The challenge exists, but is somebody else's."""


class OnlyTheOpponent(RuleViolation):
    """Only the invited opponent may accept or decline."""


class OnlyTheChallenger(RuleViolation):
    """Only the challenger may cancel."""


class StatusForbids(RuleViolation):
    """The challenge is in a status that does not allow the action."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


class CannotAccept(StatusForbids):
    """Only a pending invite can be accepted."""


class CannotDecline(StatusForbids):
    """Only a pending invite can be declined."""


class CannotCancel(StatusForbids):
    """Only a challenge that waits for its opponent can be cancelled."""


class CannotBeReady(StatusForbids):
    """One can be ready only before the start."""


class AcceptFirst(RuleViolation):
    """The invited opponent accepts before being ready."""


class NotStarted(StatusForbids):
    """Answers count only once the challenge has started."""


class AlreadyOver(StatusForbids):
    """The challenge takes no more answers."""


class NotCompleted(StatusForbids):
    """Results and rematches come after the end."""


class Expired(RuleViolation):
    """The time for this step has passed."""


class TimeIsUp(RuleViolation):
    """The deadline of the challenge has passed."""


class UnknownQuestion(RuleViolation):
    """The question is not one of this challenge."""


class AlreadyAnswered(RuleViolation):
    """Another answer to this question is already recorded."""


class UnknownOpponent(RuleViolation):
    """No such account, or it is disabled."""


class OpponentLeft(RuleViolation):
    """The account of the earlier rival is disabled."""


class OpponentIsOneself(RuleViolation):
    """Nobody challenges themself."""


class TooManyInvites(RuleViolation):
    """This person has sent all the invites of a day, and nobody has accepted them."""

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__(retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class KeyReused(RuleViolation):
    """The same Idempotency-Key came with another request."""


class NotEnoughQuestions(RuleViolation):
    """The bank holds too few questions for this type of challenge."""


class UsernameTaken(RuleViolation):
    """Another account has this username, letter case aside."""


class WrongCredentials(RuleViolation):
    """No enabled account with that username and password."""
