"""an index of the open searches only, in place of one of all challenges by type"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SEEKING = sa.text("status = 'pending_matchmaking'")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Concurrently: otherwise PostgreSQL blocks all writes to the table until it is built.
        op.create_index(
            "ix_challenges_waiting",
            "challenges",
            ["challenge_type", "id"],
            postgresql_where=_SEEKING,
            sqlite_where=_SEEKING,
            postgresql_concurrently=True,
        )
        op.drop_index(
            "ix_challenges_type_status", table_name="challenges", postgresql_concurrently=True
        )


def downgrade() -> None:
    op.create_index("ix_challenges_type_status", "challenges", ["challenge_type", "status", "id"])
    op.drop_index("ix_challenges_waiting", table_name="challenges")
