"""which refresh token a session has handed out last; sign-in by e-mail address"""

import sqlalchemy as sa
from alembic import op

from qader_sse.store.column_types import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_IDS = ("refresh_id", "previous_refresh_id")


def upgrade() -> None:
    for name in _IDS:
        op.add_column("login_sessions", sa.Column(name, sa.String(length=43), nullable=True))
    op.add_column("login_sessions", sa.Column("refreshed_at", UtcDateTime(), nullable=True))
    op.create_index("ix_users_email", "users", ["email"])


def downgrade() -> None:
    op.drop_index("ix_users_email", "users")
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        for name in (*_IDS, "refreshed_at"):
            batch_op.drop_column(name)
