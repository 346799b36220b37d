"""an index by which the duels of two people are counted"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_COMPLETED = sa.text("status = 'completed'")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Concurrently: otherwise PostgreSQL blocks all writes to the table until it is built.
        op.create_index(
            "ix_challenges_between",
            "challenges",
            ["challenger_id", "opponent_id", "status", "winner_id"],
            postgresql_where=_COMPLETED,
            sqlite_where=_COMPLETED,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_challenges_between", table_name="challenges")
