"""The sentences of refusals with 429: what was too much, and when to try again."""

from collections.abc import Mapping
from math import ceil

from qader_sse.domain import violations as rule
from qader_sse.domain.i18n import Counted, mark, mark_counted

# The number in a text is that of the seconds to wait.
LIMIT_TEXTS: Mapping[type[rule.LimitReached], str | Counted] = {
    rule.TooManyInvites: mark(
        "You have sent many invites in the last 24 hours that nobody has accepted."
        " Wait until one is accepted, or try again later."
    ),
    rule.UnansweredInvites: mark(
        "This player has not answered your earlier invites. Wait for an answer, or try again later."
    ),
    rule.ReceiverHasManyInvites: mark(
        "Many invites wait for this player already. Invite somebody else, or try again later."
    ),
    rule.PlayedTooMuch: mark_counted(
        "You have seen very many questions within an hour. Wait %(count)s second, then try again.",
        "You have seen very many questions within an hour. Wait %(count)s seconds, then try again.",
    ),
    rule.OpponentPlayedTooMuch: mark_counted(
        "This player has seen very many questions within an hour. Wait %(count)s second, then try again.",
        "This player has seen very many questions within an hour. Wait %(count)s seconds, then try again.",
    ),
    rule.PlayedTooMuchTogether: mark(
        "You two have had very many duels with each other today."
        " Play with somebody else, or try again later."
    ),
    rule.MatchesMissed: mark_counted(
        "An opponent was found for you, and you did not play. Wait %(count)s second, then search again.",
        "An opponent was found for you, and you did not play. Wait %(count)s seconds, then search again.",
    ),
    rule.TooQuickInvites: mark_counted(
        "You are sending invites very quickly. Wait %(count)s second, then try again.",
        "You are sending invites very quickly. Wait %(count)s seconds, then try again.",
    ),
    rule.TooManySearches: mark_counted(
        "You have begun many searches just now. Wait %(count)s second, then try again.",
        "You have begun many searches just now. Wait %(count)s seconds, then try again.",
    ),
    rule.TooManyActions: mark_counted(
        "This account sends too many requests. Wait %(count)s second, then go on.",
        "This account sends too many requests. Wait %(count)s seconds, then go on.",
    ),
    rule.TooManySignIns: mark_counted(
        "Too many sign-ins have failed. Wait %(count)s second, then try again.",
        "Too many sign-ins have failed. Wait %(count)s seconds, then try again.",
    ),
    rule.TooManyRegistrations: mark_counted(
        "Many accounts were created from your network. Wait %(count)s second, then try again.",
        "Many accounts were created from your network. Wait %(count)s seconds, then try again.",
    ),
}


def seconds_to_wait(violation: rule.LimitReached) -> int:
    """Return the whole seconds after which to try again: at least one."""
    return max(1, ceil(violation.retry_after_seconds))
