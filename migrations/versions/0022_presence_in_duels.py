"""who of a duel is online, as it was last told"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_PLAYING = sa.text("status IN ('accepted', 'ongoing')")


def upgrade() -> None:
    op.add_column(
        "attempts",
        sa.Column("is_online", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "attempts",
        sa.Column("absences", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    with op.get_context().autocommit_block():
        # Concurrently: otherwise PostgreSQL blocks all writes to the table until it is built.
        op.create_index(
            "ix_challenges_playing",
            "challenges",
            ["challenger_id", "opponent_id"],
            postgresql_where=_PLAYING,
            sqlite_where=_PLAYING,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_challenges_playing", table_name="challenges")
    op.drop_column("attempts", "absences")
    op.drop_column("attempts", "is_online")
