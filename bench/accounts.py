"""Writes accounts and their sessions into the database, without a request for each."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from qader_sse.service import Service
from qader_sse.store import accounts, sessions
from qader_sse.store.accounts import Profile

_PER_TRANSACTION = 1_000
# Run in a checkout, with its code: names as JSON to accounts as JSON.
_CREATE = """\
import json, os, sys
from dataclasses import astuple
from bench.accounts import create
from qader_sse import create_app
from qader_sse.config import Settings
found = create(create_app(Settings.from_env(os.environ)), json.load(sys.stdin))
print(json.dumps([astuple(account) for account in found]))
"""


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


def create_with(root: Path, environ: Mapping[str, str], names: Sequence[str]) -> list[Account]:
    """Create accounts with the code of another checkout, whose tables may be others.

    `environ` is added to this process's: the settings of the service there.
    """
    done = subprocess.run(
        [sys.executable, "-c", _CREATE],
        cwd=root,
        env={**os.environ, **environ},
        input=json.dumps(names),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"accounts cannot be created with the code in {root}:\n{done.stderr}")
    return [Account(*fields) for fields in json.loads(done.stdout.splitlines()[-1])]


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
