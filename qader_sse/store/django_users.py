"""The accounts of people whom an existing Django deployment knows by ids of its own."""

import secrets

from sqlalchemy import Connection, delete, insert, select

from qader_sse.store.dialect import upsert
from qader_sse.store.session_models import MAX_DJANGO_ID, DjangoUser

# Names say nothing of any id. Without vowels, no words come about; without letters that look like
# two others or like a digit, names that differ also look different.
_LETTERS = "bcdfghjkpqrstvxz"
_LENGTH = 6


def is_id(text: str) -> bool:
    """Return whether this can be an id of theirs here: some of their tokens may say anything."""
    return text.isprintable() and 0 < len(text) <= MAX_DJANGO_ID


def draw_name() -> str:
    """Return a username by chance, which may be taken."""
    return "player-" + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def account_of(connection: Connection, django_id: str) -> int | None:
    """Return our id of the account that is linked to an id of theirs."""
    return connection.scalar(select(DjangoUser.user_id).where(DjangoUser.django_id == django_id))


def is_linked(connection: Connection, user_id: int) -> bool:
    """Return whether an account is linked to some id of theirs."""
    return (
        connection.scalar(select(DjangoUser.django_id).where(DjangoUser.user_id == user_id))
        is not None
    )


def link_first(connection: Connection, django_id: str, user_id: int) -> bool:
    """Link an account unless the id has one; return whether it was linked.

    Waits for another transaction that links the same id.
    """
    statement = (
        upsert(connection.dialect.name, DjangoUser)
        .on_conflict_do_nothing()
        .returning(DjangoUser.user_id)
    )
    row = {"django_id": django_id, "user_id": user_id}
    return connection.scalar(statement.values(**row)) is not None


def link(connection: Connection, django_id: str, user_id: int) -> None:
    """Link an account to an id, in place of the one that the id has."""
    connection.execute(delete(DjangoUser).where(DjangoUser.django_id == django_id))
    connection.execute(insert(DjangoUser).values(django_id=django_id, user_id=user_id))
