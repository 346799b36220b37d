"""when a challenge ended, and when its event log was trimmed"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UNTRIMMED = sa.text("trimmed_at IS NULL")


def upgrade() -> None:
    # Null in challenges that have ended already, or that workers of the earlier version end. There
    # the sweeper sets it, in batches: one update of them all would block all other writes.
    op.add_column("challenges", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("challenges", sa.Column("trimmed_at", sa.DateTime(timezone=True), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_challenges_untrimmed",
            "challenges",
            ["ended_at", "status"],
            postgresql_where=_UNTRIMMED,
            sqlite_where=_UNTRIMMED,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_challenges_untrimmed", table_name="challenges")
    with op.batch_alter_table("challenges") as batch_op:
        batch_op.drop_column("trimmed_at")
        batch_op.drop_column("ended_at")
