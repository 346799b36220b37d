"""sessions are named by the hash of their token"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BATCH = 1_000

_sessions = sa.table("login_sessions", sa.column("id", sa.String))
_events = sa.table(
    "events",
    sa.column("topic", sa.String),
    sa.column("seq", sa.BigInteger),
    sa.column("type", sa.String),
    sa.column("fact", sa.JSON),
)
_ENDS = (_events.c.topic == "sessions") & (_events.c.type == "session.ended")


def _hashed(token: str) -> str:
    # As `qader_sse.store.secret_tokens` had it when this was written.
    return urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def upgrade() -> None:
    # The cookies hold the tokens themselves, so everybody stays signed in.
    op.execute("ALTER TABLE login_sessions RENAME COLUMN token TO id")
    change = (
        sa.update(_sessions)
        .where(_sessions.c.id == sa.bindparam("token"))
        .values(id=sa.bindparam("hash"))
    )
    # All are read before the first is changed, or a hash might be read as a token.
    tokens = op.get_bind().scalars(sa.select(_sessions.c.id)).all()
    for batch in _batches(tokens):
        op.get_bind().execute(change, [{"token": token, "hash": _hashed(token)} for token in batch])
    _rewrite_facts(lambda fact: {"session_id": _hashed(fact["token"]), "reason": fact["reason"]})


def downgrade() -> None:
    # A token cannot be computed from its hash: everybody is signed out, and their cookies are void.
    # The hash remains as the name of the row, which no cookie has.
    op.execute("ALTER TABLE login_sessions RENAME COLUMN id TO token")
    _rewrite_facts(lambda fact: {"token": fact["session_id"], "reason": fact["reason"]})


def _rewrite_facts(rewritten: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    bind = op.get_bind()
    change = (
        sa.update(_events)
        .where(_events.c.topic == "sessions", _events.c.seq == sa.bindparam("number"))
        .values(fact=sa.bindparam("new_fact", type_=sa.JSON))
    )
    ends = bind.execute(sa.select(_events.c.seq, _events.c.fact).where(_ENDS)).all()
    for batch in _batches(ends):
        bind.execute(change, [{"number": seq, "new_fact": rewritten(fact)} for seq, fact in batch])


def _batches(rows: Any) -> Iterator[Any]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
