"""What the rules refuse. Status codes and sentences are in `qader_sse.web.error_texts`."""

from qader_sse.domain.payloads import Status


class RuleViolation(Exception):
    """An action broke a rule; nothing has changed."""


class ChallengeNotFound(RuleViolation):
    """There is no such challenge, or the user is not a participant."""


class NotAParticipant(RuleViolation):
    """The challenge exists, but the user is not a participant."""


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


class CannotLeave(StatusForbids):
    """Only a duel that is accepted or running can be left."""


class CannotBeReady(StatusForbids):
    """A participant can become ready only before the start."""


class AcceptFirst(RuleViolation):
    """The invited opponent must accept before becoming ready."""


class StillPlaying(RuleViolation):
    """Whoever is in a duel cannot search for another one."""


class NotStarted(StatusForbids):
    """Answers count only once the challenge has started."""


class AlreadyOver(StatusForbids):
    """The challenge no longer takes answers."""


class NotCompleted(StatusForbids):
    """Results and rematches are possible only for a completed challenge."""


class Expired(RuleViolation):
    """The time for this step has passed."""


class TimeIsUp(RuleViolation):
    """The deadline of the challenge has passed."""


class UnknownQuestion(RuleViolation):
    """The question is not part of this challenge."""


class AlreadyAnswered(RuleViolation):
    """Another answer to this question is already recorded."""


class UnknownOpponent(RuleViolation):
    """There is no such account, or it is disabled."""


class OpponentLeft(RuleViolation):
    """The account of the other participant is disabled, so there is no rematch."""


class HasBlocked(RuleViolation):
    """The user has blocked this opponent, and cannot invite them."""


class UnknownPlayer(RuleViolation):
    """There is no account with this username."""


class BlocksOneself(RuleViolation):
    """A user cannot block themselves."""


class TooManyBlocked(RuleViolation):
    """The user has blocked as many people as one may."""


class OpponentIsOneself(RuleViolation):
    """A user cannot be their own opponent."""


class LimitReached(RuleViolation):
    """Somebody has used up their share of something for now."""

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__(retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class TooManyInvites(LimitReached):
    """The user has sent all the invites that a day allows without one being accepted."""


class UnansweredInvites(LimitReached):
    """The receiver has not answered several invites of the same sender."""


class ReceiverHasManyInvites(LimitReached):
    """Many invites of several people wait for the receiver."""


class PlayedTooMuch(LimitReached):
    """The user was shown as many questions as an hour allows."""


class OpponentPlayedTooMuch(LimitReached):
    """The other player was shown as many questions as an hour allows."""


class PlayedTooMuchTogether(LimitReached):
    """These two have had as many duels with each other as a day allows."""


class MatchesMissed(LimitReached):
    """The user was matched a short time ago, and did not get ready."""


class TooQuickInvites(LimitReached):
    """The user sends invites faster than people do."""


class TooManySearches(LimitReached):
    """The user begins searches faster than people do."""


class TooManyActions(LimitReached):
    """The user sends more requests than the pages of a person do."""


class TooManySignIns(LimitReached):
    """Too many wrong passwords for this username or from this address."""


class TooManyRegistrations(LimitReached):
    """Too many accounts were created from this address."""


class LinkNotValid(RuleViolation):
    """There is no such link, or its invite was withdrawn or has run out."""


class LinkUsed(RuleViolation):
    """Somebody has accepted the invite of this link already."""


class LinkOfOneself(RuleViolation):
    """The link is the user's own: it is for somebody else."""


class KeyReused(RuleViolation):
    """The Idempotency-Key was used before, for another request."""


class NotEnoughQuestions(RuleViolation):
    """The question bank has too few questions for this type of challenge."""


class UsernameTaken(RuleViolation):
    """Another account has this username, in whichever letter case."""


class UsernameLooksTaken(RuleViolation):
    """Another account has a username that looks like this one."""


class WrongCredentials(RuleViolation):
    """No enabled account has this username and password."""


class WrongOldPassword(WrongCredentials):
    """Whoever changes their password has not given the present one."""


class ResetLinkRefused(RuleViolation):
    """The link resets no password: it is used, has expired, or a newer one replaces it."""


class TicketRefused(RuleViolation):
    """The ticket opens no stream here: it is used, has expired, or is for another stream."""


class TokenNotValid(RuleViolation):
    """The refresh token was used before, or its session has ended."""


class DjangoRefreshToken(RuleViolation):
    """A refresh token of the Django deployment, which alone can exchange it."""


class UnknownDjangoUser(RuleViolation):
    """Somebody with a token of the Django deployment has no account here, and gets none."""


class SessionNotFound(RuleViolation):
    """The user has no open session with this id."""
