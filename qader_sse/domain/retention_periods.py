"""How long rows are kept: after these times the sweeper deletes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPeriods:
    """How long each kind of row is kept, in seconds."""

    log_seconds: float  # the events of a challenge, after its end
    challenge_seconds: float  # after its end
    notification_seconds: float  # the events of users' topics, after they were appended
    session_seconds: float  # after a session was ended, or has run out
    session_lifetime_seconds: float  # from signing in until a session runs out
    idempotency_key_seconds: float  # after the first use of a key
    presence_seconds: float  # after a worker last wrote its row
    audit_seconds: float  # what operators did
