"""indexes by which the latest challenges of a person are found"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_challenges_challenger_id": "challenger_id",
    "ix_challenges_opponent_id": "opponent_id",
}


def upgrade() -> None:
    for name, column in _INDEXES.items():
        op.drop_index(name, "challenges")
        op.create_index(name, "challenges", [column, "created_at"])


def downgrade() -> None:
    for name, column in _INDEXES.items():
        op.drop_index(name, "challenges")
        op.create_index(name, "challenges", [column])
