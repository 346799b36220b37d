"""The account endpoints: register, sign in, sign out."""

from flask import Response, request, session
from flask_login import login_user, logout_user
from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain import usernames
from qader_sse.domain.facts import simple_user
from qader_sse.domain.i18n import mark
from qader_sse.limits.table import REGISTRATIONS
from qader_sse.service import service
from qader_sse.store.accounts import Profile
from qader_sse.use_cases.accounts import NewSession
from qader_sse.web import access_log, tokens
from qader_sse.web.api.account_schemas import (
    Credentials,
    Registration,
    SignedInResponse,
    SignedInUser,
)
from qader_sse.web.api.new_passwords import require_strong
from qader_sse.web.api.schemas import (
    UserEnvelope,
    UserResponse,
)
from qader_sse.web.api.tokens import first_tokens
from qader_sse.web.authentication import SignedIn, sender, token_key
from qader_sse.web.client_address import client_network
from qader_sse.web.devices import device
from qader_sse.web.error_responses import InvalidInput
from qader_sse.web.openapi_models import ErrorResponse
from qader_sse.web.request_guards import public

bp = APIBlueprint("auth", __name__, url_prefix="/api/v1", abp_responses={"400": ErrorResponse})


@bp.post(
    "/auth/register/",
    responses={"201": UserResponse, "400": ErrorResponse, "429": ErrorResponse},
)
@public
def register(body: Registration) -> tuple[UserEnvelope, int]:
    """Create an account and sign it in."""
    if usernames.is_reserved(body.username):
        raise InvalidInput("username", mark("This username is reserved. Choose another."))
    require_strong("password", body.password, body.username, body.email)
    service().shares.spend(REGISTRATIONS, client_network(request.environ))
    profile = Profile(
        username=body.username,
        full_name=body.full_name or body.username,
        email=(body.email or "").lower() or None,  # people sign in by it, in any letter case
        preferred_name=body.preferred_name or None,
        grade=body.grade or None,
    )
    opened = service().accounts.register(
        profile,
        body.password,
        _current_session(),
        service().clock(),
        client_network(request.environ),
        device(request.user_agent.string),
    )
    return _signed_in(opened), 201


@bp.post(
    "/auth/login/",
    responses={"200": SignedInResponse, "401": ErrorResponse, "429": ErrorResponse},
)
@public
def login(body: Credentials) -> SignedInUser:
    """Sign in; the answer carries the session cookie, and tokens for those who cannot use it."""
    network = client_network(request.environ)
    with service().sign_ins.attempt(usernames.key(body.username), network):
        opened = service().accounts.sign_in(
            body.username,
            body.password,
            _current_session(),
            service().clock(),
            network,
            device(request.user_agent.string),
        )
    is_remembered = body.rememberMe is not False
    pair = first_tokens(opened, is_remembered=is_remembered)
    return {**pair, **_signed_in(opened, is_remembered=is_remembered)}


@bp.post("/auth/logout/", responses={"204": None})
@public
def logout() -> Response:
    """End the session, and its streams within a second. Without a session: the same answer."""
    session_id = _session_to_end()
    if session_id is not None:
        service().accounts.sign_out(session_id, service().clock())
        logout_user()
    return Response(status=204)


def _session_to_end() -> str | None:
    """Return the session that signing out ends, also by an access token that has run out.

    The answer is the same without a session, so a front end would not notice that its token was too
    old, and the session would stay open.
    """
    token = tokens.bearer(request)
    claims = tokens.read(token_key(), "access", token, now=None) if token else None
    return claims.session_id if claims else _current_session()


def _current_session() -> str | None:
    """Return the id of the session this browser has, or None.

    Reads the database, so it must not be called within a write transaction.
    """
    found = sender()
    return found.session_id if found else None


def _signed_in(opened: NewSession, *, is_remembered: bool = True) -> UserEnvelope:
    """Put a new session into the browser's cookie, and answer with its user."""
    access_log.note(request.environ, user=opened.player.id)
    session.permanent = is_remembered
    ends_at = service().end_of_session(opened.opened_at)
    login_user(SignedIn(opened.player.id, opened.id, ends_at, opened.token))
    return {"user": simple_user(opened.player)}
