"""which request caused an event"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable and without a default: neither engine rewrites the table, however large it is.
    op.add_column("events", sa.Column("request_id", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("events", "request_id")
