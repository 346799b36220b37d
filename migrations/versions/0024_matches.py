"""which challenges are matches; indexes of what is not over of a person's challenges"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_OPEN = sa.text("due_at IS NOT NULL")
_INDEXES = {"ix_challenges_open_of": "challenger_id", "ix_challenges_open_with": "opponent_id"}


def upgrade() -> None:
    op.add_column(
        "challenges", sa.Column("is_match", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    with op.get_context().autocommit_block():
        # Concurrently: otherwise PostgreSQL blocks all writes to the table until it is built.
        for name, column in _INDEXES.items():
            op.create_index(
                name,
                "challenges",
                [column],
                postgresql_where=_OPEN,
                sqlite_where=_OPEN,
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, table_name="challenges")
    op.drop_column("challenges", "is_match")
