"""the identity of the database on which sequence numbers are issued"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    origin = op.create_table(
        "event_log_origin",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", sa.String(length=100), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_log_origin")),
    )
    op.bulk_insert(origin, [{"id": 1, "identity": "", "base": 0}])


def downgrade() -> None:
    op.drop_table("event_log_origin")
