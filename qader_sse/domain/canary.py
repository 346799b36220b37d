"""The canary: an account of the service itself, whose streams tell what becomes of those of people."""

from qader_sse.domain.challenge import Player
from qader_sse.domain.events import Draft, user_topic

# No person can have it: `!` is allowed in no username.
USERNAME = "canary!"


def is_canary(player: Player) -> bool:
    return player.username == USERNAME


def ring(user_id: int) -> Draft:
    """Return an event for the canary alone, of a type that every client and worker knows."""
    fact = {"challenge_id": 0, "cancelled_by": USERNAME}
    return Draft(user_topic(user_id), "challenge_cancelled_notification", fact)
