"""The indexes of challenges: what is looked for among all that were ever played."""

from sqlalchemy import Index, text


def partial_index(name: str, *columns: str, where: str) -> Index:
    """Make an index of only those rows that satisfy a condition."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


_LISTED_BY = ("status", "challenge_type", "accepted_at")

ALL = (
    # The latest challenges of a person, with all that lists choose by: they count, and look for a
    # page, in the index alone.
    Index("ix_challenges_of", "challenger_id", "created_at", *_LISTED_BY, "opponent_id"),
    Index("ix_challenges_with", "opponent_id", "created_at", *_LISTED_BY, "challenger_id"),
    # The last challenge on which a person has agreed, and with whom.
    partial_index(
        "ix_challenges_agreed_of", "challenger_id", "accepted_at", where="accepted_at IS NOT NULL"
    ),
    partial_index(
        "ix_challenges_agreed_with", "opponent_id", "accepted_at", where="accepted_at IS NOT NULL"
    ),
    # What is not over of a person's challenges, however many they have had.
    partial_index("ix_challenges_open_of", "challenger_id", where="due_at IS NOT NULL"),
    partial_index("ix_challenges_open_with", "opponent_id", where="due_at IS NOT NULL"),
    # For matchmaking: the oldest open search of a type. Not of all challenges by type, because
    # SQLite would use such an index to list the challenges of one user, and read half the table.
    partial_index(
        "ix_challenges_waiting", "challenge_type", "id", where="status = 'pending_matchmaking'"
    ),
    # How the duels of two people have ended. With the status, which is always the same, SQLite
    # reads the index alone.
    partial_index(
        "ix_challenges_between",
        *("challenger_id", "opponent_id", "status", "winner_id"),
        where="status = 'completed'",
    ),
    # For trimming: only the challenges that still have events, not all that were ever played.
    partial_index("ix_challenges_untrimmed", "ended_at", "status", where="trimmed_at IS NULL"),
    # For deleting the challenges that ended longest ago.
    partial_index("ix_challenges_ended", "ended_at", where="ended_at IS NOT NULL"),
    # Every few seconds, presence updates `seen_at` of the open searches of users who are online.
    # This index finds them.
    partial_index("ix_challenges_seekers", "challenger_id", where="status = 'pending_matchmaking'"),
    # Which duels tell who is online: those that are to be played, or are.
    partial_index(
        "ix_challenges_playing",
        *("challenger_id", "opponent_id"),
        where="status IN ('accepted', 'ongoing')",
    ),
)
