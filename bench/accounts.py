"""Writes accounts and their sessions into the database, without a request for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from qader_sse.service import Service
from qader_sse.store import accounts, sessions
from qader_sse.store.accounts import Profile

_PER_TRANSACTION = 1_000


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    name: str
    cookie: str


def create(app: Flask, names: Sequence[str]) -> list[Account]:
    """Create accounts of these names if they are missing, and a session for each."""
    service: Service = app.extensions["qader_sse"]
    found: list[Account] = []
    for start in range(0, len(names), _PER_TRANSACTION):
        some = names[start : start + _PER_TRANSACTION]
        for name, (user_id, token) in zip(some, _sign_in(service, some), strict=True):
            found.append(Account(user_id, name, _cookie(app, token)))
    return found


def _sign_in(service: Service, names: Sequence[str]) -> list[tuple[int, str]]:
    """Create missing accounts, and sign all in; return their ids and session tokens."""
    now = service.clock()
    with service.database.transaction() as tx:
        profiles = [Profile(name, name) for name in names]
        accounts.insert_missing(tx.connection, profiles, "no-password", now)
        users = [accounts.by_username(tx.connection, name) for name in names]
        ids = [user.id for user in users if user is not None]
        return [(id_, sessions.open_new(tx.connection, id_, now)) for id_ in ids]


def _cookie(app: Flask, token: str) -> str:
    """Return the value of the cookie that Flask-Login would set for a session token."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    if signer is None:
        raise RuntimeError("the service has no secret key")
    return str(signer.dumps({"_user_id": token, "_fresh": True, "_permanent": True}))
