"""indexes by which a person's challenges are listed, and the last one that they have agreed on"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_AGREED = sa.text("accepted_at IS NOT NULL")
_LISTED = {
    "ix_challenges_of": ("challenger_id", "opponent_id"),
    "ix_challenges_with": ("opponent_id", "challenger_id"),
}
_LATEST = {
    "ix_challenges_agreed_of": "challenger_id",
    "ix_challenges_agreed_with": "opponent_id",
}
_FORMER = {
    "ix_challenges_challenger_id": "challenger_id",
    "ix_challenges_opponent_id": "opponent_id",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Concurrently: otherwise PostgreSQL blocks all writes to the table until it is built.
        for name, (person, other) in _LISTED.items():
            op.create_index(
                name,
                "challenges",
                [person, "created_at", "status", "challenge_type", "accepted_at", other],
                postgresql_concurrently=True,
            )
        for name, person in _LATEST.items():
            op.create_index(
                name,
                "challenges",
                [person, "accepted_at"],
                postgresql_where=_AGREED,
                sqlite_where=_AGREED,
                postgresql_concurrently=True,
            )
        for name in _FORMER:
            op.drop_index(name, "challenges", postgresql_concurrently=True)


def downgrade() -> None:
    for name, person in _FORMER.items():
        op.create_index(name, "challenges", [person, "created_at"])
    for name in (*_LISTED, *_LATEST):
        op.drop_index(name, "challenges")
