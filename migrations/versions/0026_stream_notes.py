"""what workers note of their streams"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_IS_OPEN = sa.text("ended_at IS NULL")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_worker(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    """Return the column that names a worker, and its constraint."""
    key = sa.ForeignKeyConstraint(
        ["worker_id"],
        ["stream_workers.id"],
        name=op.f(f"fk_{table}_worker_id_stream_workers"),
    )
    return sa.Column("worker_id", sa.String(length=32), nullable=False), key


def upgrade() -> None:
    op.create_table(
        "stream_workers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("node", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        _moment("seen_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream_workers")),
    )
    op.create_index(op.f("ix_stream_workers_seen_at"), "stream_workers", ["seen_at"])
    op.create_table(
        "stream_notes",
        *_of_worker("stream_notes"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("transport", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=True),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("opened_at"),
        _moment("ended_at", nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("frames", sa.Integer(), nullable=True),
        sa.Column("written", sa.BigInteger(), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=True),
        _moment("looked_at", nullable=True),
        sa.Column("noted", sa.BigInteger(), nullable=True),
        sa.Column("errors", sa.Integer(), nullable=True),
        sa.Column("acknowledged", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_stream_notes_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("worker_id", "number", name=op.f("pk_stream_notes")),
    )
    op.create_index("ix_stream_notes_user_id", "stream_notes", ["user_id", "topic"])
    op.create_index(
        "ix_stream_notes_open",
        "stream_notes",
        ["worker_id"],
        postgresql_where=_IS_OPEN,
        sqlite_where=_IS_OPEN,
    )
    op.create_index(op.f("ix_stream_notes_opened_at"), "stream_notes", ["opened_at"])
    op.create_table(
        "stream_looks",
        *_of_worker("stream_looks"),
        _moment("at"),
        _moment("since"),
        sa.Column("moves", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", "at", name=op.f("pk_stream_looks")),
    )
    op.create_index(op.f("ix_stream_looks_at"), "stream_looks", ["at"])


def downgrade() -> None:
    for table in ("stream_looks", "stream_notes", "stream_workers"):
        op.drop_table(table)
