"""accounts of the users of a Django deployment, and sessions that end with a token of theirs"""

import sqlalchemy as sa
from alembic import op

from qader_sse.store.column_types import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "django_users",
        sa.Column("django_id", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_django_users_user_id_users")
        ),
        sa.PrimaryKeyConstraint("django_id", name=op.f("pk_django_users")),
        sa.UniqueConstraint("user_id", name=op.f("uq_django_users_user_id")),
    )
    op.add_column("login_sessions", sa.Column("expires_at", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_login_sessions_expires_at"), "login_sessions", ["expires_at"])


def downgrade() -> None:
    # The version before would take these for sessions that last by their age.
    op.execute(
        "DELETE FROM stream_tickets WHERE session_id IN"
        " (SELECT id FROM login_sessions WHERE expires_at IS NOT NULL)"
    )
    op.execute("DELETE FROM login_sessions WHERE expires_at IS NOT NULL")
    op.drop_index(op.f("ix_login_sessions_expires_at"), "login_sessions")
    with op.batch_alter_table("login_sessions", schema=None) as batch_op:
        batch_op.drop_column("expires_at")
    op.drop_table("django_users")
