"""when a seeker was last seen"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SEEKING = sa.text("status = 'pending_matchmaking'")


def upgrade() -> None:
    # Null in the challenges that exist already or that workers of the earlier version still create:
    # their seekers count as offline.
    op.add_column("challenges", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    with op.get_context().autocommit_block():
        # Concurrently: otherwise PostgreSQL blocks all writes to the table while it builds the index.
        op.create_index(
            "ix_challenges_seekers",
            "challenges",
            ["challenger_id"],
            postgresql_where=_SEEKING,
            sqlite_where=_SEEKING,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_challenges_seekers", table_name="challenges")
    with op.batch_alter_table("challenges") as batch_op:
        batch_op.drop_column("seen_at")
