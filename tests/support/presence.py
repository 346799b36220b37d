"""Presence of users at workers without streams, and what their duels tell of it."""

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.events import challenge_topic
from qader_sse.service import Service
from qader_sse.store import event_pages

# The number of `challenge.start` in a duel that nothing else has happened in.
START = 5


def record(worker: Service, *user_ids: int) -> int:
    """Have a worker record these users, as it does every few seconds; return what it told."""
    return worker.presence.record(set(user_ids), set())


def told(service: Service, duel: Challenge) -> list[tuple[int, bool]]:
    """Return what was told since the start: of whom, and whether they are online."""
    with service.database.read_transaction() as connection:
        events = event_pages.read(connection, challenge_topic(duel.id), START, 1_000)
    assert {event.type for event in events} <= {"participant.update"}
    return [(event.fact["userId"], event.fact["is_online"]) for event in events]


def online(service: Service, challenge_id: int) -> list[bool]:
    """Return who is online, as a snapshot tells it, the challenger first."""
    found = service.challenge_cache.read(challenge_id)
    assert found is not None
    return [attempt.is_online for attempt in found[0].attempts]
