"""Accounts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError

from qader_sse.domain import usernames
from qader_sse.domain.challenge import Player
from qader_sse.domain.violations import UnknownPlayer
from qader_sse.store.compiled_statement import CompiledStatement
from qader_sse.store.dialect import upsert
from qader_sse.store.models import User


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person enters when they register."""

    username: str
    full_name: str
    email: str | None = None
    preferred_name: str | None = None
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class OwnDetails:
    """What a user may see of their own account, some of which nobody else is told."""

    player: Player
    email: str | None
    listed_online: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """The part of an account that signing in and inviting it need."""

    player: Player
    password_hash: str
    disabled_at: datetime | None

    @property
    def id(self) -> int:
        return self.player.id


# The columns of a Player, in the order of its fields.
PLAYER = (
    User.id,
    User.username,
    User.full_name,
    User.preferred_name,
    User.grade,
    User.profile_picture_url,
)
# Of one statement; PostgreSQL takes 65,535, and SQLite 32,766.
_MOST_PARAMETERS = 10_000
_ACCOUNT = select(User.password_hash, User.disabled_at, *PLAYER)
_BY_KEY = CompiledStatement(_ACCOUNT.where(User.username_key == bindparam("key")))
# E-mail addresses are not confirmed, so several accounts may have one: the oldest counts.
_BY_EMAIL = CompiledStatement(
    _ACCOUNT.where(User.email.in_((bindparam("form"), bindparam("lower_form"))))
    .order_by(User.id)
    .limit(1)
)
_WITH_ID = _ACCOUNT.where(User.id == bindparam("user_id"))
_BY_ID = CompiledStatement(_WITH_ID)
_HELD = CompiledStatement(_WITH_ID.with_for_update(read=True))


def by_username(connection: Connection, username: str) -> Account | None:
    return _found(connection, _BY_KEY, {"key": usernames.key(username)})


def named(connection: Connection, username: str) -> Account:
    """Return the account with this username. Raises UnknownPlayer."""
    found = by_username(connection, username)
    if found is None:
        raise UnknownPlayer
    return found


def by_login(connection: Connection, login: str) -> Account | None:
    """Return the account with this username or, if there is none, with this e-mail address."""
    login = login.strip()
    found = by_username(connection, login)
    if found is not None or "@" not in login:
        return found
    return _found(connection, _BY_EMAIL, {"form": login, "lower_form": login.lower()})


def by_id(connection: Connection, user_id: int) -> Account | None:
    return _found(connection, _BY_ID, {"user_id": user_id})


def held(connection: Connection, user_id: int) -> Account | None:
    """Return an account that nobody changes until the transaction ends.

    To be called before a session is opened. Whoever disables the account, or changes its password,
    then ends this session with the others, or has done so before it.
    """
    return _found(connection, _HELD, {"user_id": user_id})


def is_taken(connection: Connection, username: str) -> bool:
    """Return whether an account has this username, or one that looks like it."""
    return connection.scalar(select(User.id).where(_looks_like(username)).limit(1)) is not None


def names(connection: Connection, user_ids: Collection[int]) -> dict[int, str]:
    """Return the usernames of these accounts, by their ids."""
    ids = sorted(user_ids)
    found: dict[int, str] = {}
    for start in range(0, len(ids), _MOST_PARAMETERS):
        some = User.id.in_(ids[start : start + _MOST_PARAMETERS])
        rows = connection.execute(select(User.id, User.username).where(some))
        found |= {row.id: row.username for row in rows}
    return found


def insert_missing(
    connection: Connection, profiles: Iterable[Profile], password_hash: str, now: datetime
) -> list[str]:
    """Create the accounts whose usernames are free, in one statement; return those usernames.

    A username is free if no other account has it, or one that looks like it.
    """
    rows = [
        {
            "username": profile.username,
            "username_key": usernames.key(profile.username),
            "username_skeleton": usernames.skeleton(profile.username),
            "password_hash": password_hash,
            "email": profile.email,
            "full_name": profile.full_name,
            "preferred_name": profile.preferred_name,
            "grade": profile.grade,
            "created_at": now,
        }
        for profile in profiles
    ]
    statement = (
        upsert(connection.dialect.name, User).on_conflict_do_nothing().returning(User.username)
    )
    return list(connection.scalars(statement, rows))


def own_details(connection: Connection, user_id: int) -> OwnDetails:
    """Return what the user may see of their own account."""
    columns = (User.email, User.listed_online, User.created_at, *PLAYER)
    row = connection.execute(select(*columns).where(User.id == user_id)).one()
    return OwnDetails(Player(*row[3:]), *row[:3])


def set_profile(connection: Connection, user_id: int, changes: Mapping[str, object]) -> None:
    """Set these columns of an account: `full_name`, `preferred_name`, `grade`, `listed_online`."""
    connection.execute(update(User).where(User.id == user_id).values(**changes))


def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    changed = update(User).where(User.id == user_id).values(password_hash=password_hash)
    connection.execute(changed)


def set_disabled(connection: Connection, user_id: int, disabled_at: datetime | None) -> None:
    connection.execute(update(User).where(User.id == user_id).values(disabled_at=disabled_at))


def set_username(connection: Connection, user_id: int, username: str) -> bool:
    """Give an account another username.

    Returns False if another account has it, or looks like it; then the caller must roll back.
    """
    key, skeleton = usernames.key(username), usernames.skeleton(username)
    names = {"username": username, "username_key": key, "username_skeleton": skeleton}
    try:
        connection.execute(update(User).where(User.id == user_id).values(**names))
    except IntegrityError:
        return False
    return True


def _found(
    connection: Connection, statement: CompiledStatement, given: dict[str, object]
) -> Account | None:
    rows = statement.run(connection, given)
    return Account(Player(*rows[0][2:]), *rows[0][:2]) if rows else None


def _looks_like(username: str) -> ColumnElement[bool]:
    key, skeleton = usernames.key(username), usernames.skeleton(username)
    return or_(User.username_key == key, User.username_skeleton == skeleton)
