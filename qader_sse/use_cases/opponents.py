"""Who can be invited by whom."""

from qader_sse.domain.challenge import Player
from qader_sse.domain.violations import (
    HasBlocked,
    OpponentIsOneself,
    RuleViolation,
    UnknownOpponent,
)
from qader_sse.store import accounts, blocks
from qader_sse.store.accounts import Account
from qader_sse.store.database import Transaction


def available(account: Account | None, violation: type[RuleViolation]) -> Account:
    """Return an account that can be invited; raise the violation if it is missing or disabled."""
    if account is None or account.disabled_at is not None:
        raise violation
    return account


def require_invitable(tx: Transaction, user_id: int, opponent: Account) -> None:
    """Refuse an invite to oneself, and to somebody whom one has blocked.

    An invite to somebody who has blocked the user is not refused: it would tell.
    """
    if opponent.id == user_id:
        raise OpponentIsOneself
    if blocks.has_blocked(tx.connection, user_id, opponent.id):
        raise HasBlocked


def player(tx: Transaction, user_id: int) -> Player:
    account = accounts.by_id(tx.connection, user_id)
    if account is None:
        raise UnknownOpponent
    return account.player
