"""Accounts: register, sign in, sign out, who am I."""

from datetime import datetime

from flask import Response, session
from flask_login import current_user, login_user, logout_user
from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain import payloads, usernames
from qader_sse.domain.challenge import Player
from qader_sse.domain.events import simple_user
from qader_sse.domain.i18n import mark
from qader_sse.domain.violations import UsernameTaken, WrongCredentials
from qader_sse.service import service
from qader_sse.store import accounts
from qader_sse.store.accounts import Profile
from qader_sse.store.database import Transaction
from qader_sse.web.api.schemas import (
    Credentials,
    ErrorResponse,
    MeResponse,
    Registration,
    UserEnvelope,
    UserResponse,
)
from qader_sse.web.error_responses import InvalidInput
from qader_sse.web.request_guards import SignedIn, public, signed_in

bp = APIBlueprint("auth", __name__, url_prefix="/api/v1")


@bp.post("/auth/register/", responses={"201": UserResponse, "400": ErrorResponse})
@public
def register(body: Registration) -> tuple[UserEnvelope, int]:
    """Create an account and sign it in."""
    if usernames.is_reserved(body.username):
        raise InvalidInput("username", mark("This username is reserved. Choose another."))
    profile = Profile(
        username=body.username,
        full_name=body.full_name or body.username,
        email=body.email or None,
        preferred_name=body.preferred_name,
        grade=body.grade,
    )
    now = service().clock()
    password_hash = service().passwords.hash(body.password)
    earlier = _earlier_token()
    with service().database.transaction() as tx:
        if not accounts.insert_missing(tx.connection, [profile], password_hash, now):
            raise UsernameTaken
        account = accounts.by_username(tx.connection, profile.username)
        if account is None:
            raise UsernameTaken
        return _sign_in(tx, account.player, earlier, now), 201


@bp.post("/auth/login/", responses={"200": UserResponse, "401": ErrorResponse})
@public
def login(body: Credentials) -> UserEnvelope:
    """Sign in; the answer carries the session cookie."""
    with service().database.autocommit() as connection:
        account = accounts.by_username(connection, body.username)
    password_hash = account.password_hash if account else None
    if not service().passwords.matches(password_hash, body.password):
        raise WrongCredentials
    earlier = _earlier_token()
    with service().database.transaction() as tx:
        # Hashing takes a while: the account may have been disabled meanwhile.
        account = accounts.by_username(tx.connection, body.username)
        if account is None or account.disabled_at is not None:
            raise WrongCredentials
        return _sign_in(tx, account.player, earlier, service().clock())


@bp.post("/auth/logout/", responses={"204": None})
@public
def logout() -> Response:
    """Sign out; this session's streams end within a second. Signed out already: the same answer."""
    token = _earlier_token()
    if token is not None:
        with service().database.transaction() as tx:
            accounts.end_sessions(tx, "signed_out", service().clock(), token=token)
        logout_user()
    return Response(status=204)


@bp.get("/users/me/", responses={"200": MeResponse, "401": ErrorResponse})
def me() -> payloads.SimpleUser:
    """Tell who is signed in."""
    return simple_user(signed_in().player)


def _earlier_token() -> str | None:
    """Return the session this browser comes with. Reads: ask before a write transaction begins."""
    return signed_in().token if current_user.is_authenticated else None


def _sign_in(tx: Transaction, player: Player, earlier: str | None, now: datetime) -> UserEnvelope:
    if earlier is not None:
        # The browser forgets the earlier session; its streams must not go on as somebody else.
        accounts.end_sessions(tx, "signed_out", now, token=earlier)
    session.permanent = True
    login_user(SignedIn(player, accounts.open_session(tx.connection, player.id, now)))
    return {"user": simple_user(player)}
