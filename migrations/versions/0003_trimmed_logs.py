"""when a challenge ended, and when its event log was trimmed"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UNTRIMMED = sa.text("trimmed_at IS NULL AND ended_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("challenges", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("challenges", sa.Column("trimmed_at", sa.DateTime(timezone=True), nullable=True))
    # Challenges of before: those that were never completed have kept no time of their end.
    op.execute(
        "UPDATE challenges SET ended_at = COALESCE(completed_at, created_at)"
        " WHERE status IN ('completed', 'declined', 'cancelled', 'expired')"
    )
    op.create_index(
        "ix_challenges_untrimmed",
        "challenges",
        ["ended_at"],
        postgresql_where=_UNTRIMMED,
        sqlite_where=_UNTRIMMED,
    )


def downgrade() -> None:
    op.drop_index("ix_challenges_untrimmed", table_name="challenges")
    with op.batch_alter_table("challenges") as batch_op:
        batch_op.drop_column("trimmed_at")
        batch_op.drop_column("ended_at")
