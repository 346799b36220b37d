"""The one way a challenge changes: lock, load, decide, store. Deciding is the rules' part."""

from datetime import datetime

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.errors import ChallengeNotFound
from qader_sse.domain.events import challenge_topic, changes
from qader_sse.store import challenges, log
from qader_sse.store.tx import Transaction


def lock(tx: Transaction, challenge_id: int) -> Challenge:
    """Hold a challenge until the transaction ends, and load it. Raises ChallengeNotFound."""
    log.lock(tx.connection, challenge_topic(challenge_id))
    return load(tx, challenge_id)


def load(tx: Transaction, challenge_id: int) -> Challenge:
    """Load a challenge that this transaction holds. Raises ChallengeNotFound."""
    challenge = challenges.load(tx.connection, challenge_id)
    if challenge is None:
        raise ChallengeNotFound
    return challenge


def store(tx: Transaction, before: Challenge, after: Challenge, now: datetime) -> Challenge:
    """Write what differs, and append the events that tell it; return the challenge afterwards."""
    if after != before:
        challenges.save(tx.connection, before, after, now)
        tx.append(changes(before, after, now), now)
    return after
