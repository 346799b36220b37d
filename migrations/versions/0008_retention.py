"""indexes that find what is past its retention"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXES = [
    ("ix_challenges_ended", "challenges", "ended_at", sa.text("ended_at IS NOT NULL")),
    ("ix_events_notifications", "events", "created_at", sa.text("substr(topic, 1, 5) = 'user:'")),
    ("ix_login_sessions_created_at", "login_sessions", "created_at", None),
    # Without this index, each deletion of a challenge would read all idempotency keys to find those
    # that refer to it.
    ("ix_idempotency_keys_challenge_id", "idempotency_keys", "challenge_id", None),
]


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table, column, condition in _INDEXES:
            # Concurrently: otherwise PostgreSQL blocks all writes to the table until the index is
            # built.
            op.create_index(
                name,
                table,
                [column],
                postgresql_where=condition,
                sqlite_where=condition,
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table_name=table)
