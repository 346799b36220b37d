"""ids of deleted challenges are never used again"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rebuild(sqlite_autoincrement=True)


def downgrade() -> None:
    _rebuild(sqlite_autoincrement=False)


def _rebuild(*, sqlite_autoincrement: bool) -> None:
    # Only SQLite needs this: PostgreSQL takes ids from a sequence, which never gives one twice.
    if op.get_bind().dialect.name != "sqlite":
        return
    properties = {"sqlite_autoincrement": sqlite_autoincrement}
    with op.batch_alter_table("challenges", recreate="always", table_kwargs=properties):
        pass
