"""what usernames look like"""

import sqlalchemy as sa
from alembic import op

from qader_sse.domain import usernames

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BATCH = 1_000
_users = sa.table(
    "users",
    sa.column("id", sa.BigInteger()),
    sa.column("username", sa.String()),
    sa.column("username_skeleton", sa.String()),
)


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("username_skeleton", sa.String(usernames.MAX_SKELETON_LENGTH), nullable=True),
    )
    _fill()
    op.create_index(op.f("ix_users_username_skeleton"), "users", ["username_skeleton"], unique=True)


def _fill() -> None:
    """Give each account its skeleton; of those that look alike, the first one only.

    The skeletons must be those of the version that runs, so this calls its own code.
    """
    connection = op.get_bind()
    rows = connection.execute(sa.select(_users.c.id, _users.c.username).order_by(_users.c.id)).all()
    first: dict[str, int] = {}
    for user_id, username in rows:
        skeleton = usernames.skeleton(username)
        if skeleton and len(skeleton) <= usernames.MAX_SKELETON_LENGTH:
            first.setdefault(skeleton, user_id)
    filled = [{"user": user_id, "skeleton": skeleton} for skeleton, user_id in first.items()]
    update = (
        sa.update(_users)
        .where(_users.c.id == sa.bindparam("user"))
        .values(username_skeleton=sa.bindparam("skeleton"))
    )
    for start in range(0, len(filled), _BATCH):
        connection.execute(update, filled[start : start + _BATCH])


def downgrade() -> None:
    op.drop_index(op.f("ix_users_username_skeleton"), table_name="users")
    op.drop_column("users", "username_skeleton")
