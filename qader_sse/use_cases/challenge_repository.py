"""The one way a challenge changes: lock, load, decide, store. Deciding is the rules' part."""

from datetime import datetime

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic, changes
from qader_sse.domain.violations import ChallengeNotFound
from qader_sse.store import challenges, event_log
from qader_sse.store.database import Transaction


def lock(tx: Transaction, challenge_id: int) -> Challenge:
    """Hold a challenge until the transaction ends, and load it. Raises ChallengeNotFound."""
    head = event_log.lock(tx.connection, challenge_topic(challenge_id))
    return load(tx, challenge_id, head)


def load(tx: Transaction, challenge_id: int, head: int) -> Challenge:
    """Load a challenge that this transaction holds at this head. Raises ChallengeNotFound."""
    challenge = tx.kept.find(challenge_id, head)
    if challenge is not None:
        return challenge
    challenge = challenges.load(tx.connection, challenge_id)
    if challenge is None:
        raise ChallengeNotFound
    tx.keep(challenge, head)
    return challenge


def store(tx: Transaction, before: Challenge, after: Challenge, now: datetime) -> Challenge:
    """Write what differs, and append the events that tell it; return the challenge afterwards."""
    if after != before:
        challenges.save(tx.connection, before, after, now)
        _tell(tx, before, after, now)
    return after


def create(tx: Transaction, draft: Challenge, now: datetime) -> Challenge:
    """Store a challenge that has no number yet, and tell of it; return it numbered."""
    created = challenges.insert_new(tx.connection, draft)
    _tell(tx, None, created, now)
    return created


def _tell(tx: Transaction, before: Challenge | None, after: Challenge, now: datetime) -> None:
    topic = challenge_topic(after.id)
    told = tx.append(changes(before, after, now), now)
    heads = [event.seq for event in told if event.topic == topic]
    if not heads:
        # What others have kept would go on passing for its present state.
        raise RuntimeError(f"a change of {topic} that no event of its topic tells")
    tx.keep(after, heads[-1])
