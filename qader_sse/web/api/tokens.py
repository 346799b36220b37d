"""The endpoint that exchanges a refresh token, and the tokens of a new session."""

from datetime import datetime, timedelta

from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain.violations import DjangoRefreshToken, TokenNotValid
from qader_sse.service import service
from qader_sse.store import secret_tokens
from qader_sse.use_cases.accounts import NewSession
from qader_sse.web import django_tokens, tokens
from qader_sse.web.api.account_schemas import RefreshBody, TokenPair, TokensResponse
from qader_sse.web.authentication import token_key
from qader_sse.web.openapi_models import ErrorResponse
from qader_sse.web.request_guards import public
from qader_sse.web.tokens import Claims

bp = APIBlueprint("tokens", __name__, url_prefix="/api/v1")


@bp.post(
    "/auth/token/refresh/",
    responses={"200": TokensResponse, "400": ErrorResponse, "401": ErrorResponse},
)
@public
def refresh_tokens(body: RefreshBody) -> TokenPair:
    """Exchange a refresh token for new tokens. It can be used once; a stolen one ends the session."""
    now = service().clock()
    given = tokens.read(token_key(), "refresh", body.refresh, now)
    if given is None:
        is_theirs = django_tokens.read("refresh", body.refresh, now) is not None
        raise DjangoRefreshToken if is_theirs else TokenNotValid
    oldest = service().oldest_session()
    found = service().refreshing.refresh(given.session_id, given.jti, now, oldest)
    renewed = Claims(found.user_id, given.session_id, found.refresh_id, given.expires_at)
    return _pair(renewed, now)


def first_tokens(opened: NewSession, *, is_remembered: bool) -> TokenPair:
    """Return the tokens of a session that was just opened."""
    settings, now = service().settings, service().clock()
    seconds = settings.session_seconds if is_remembered else settings.unremembered_seconds
    expires_at = opened.opened_at + timedelta(seconds=min(seconds, settings.session_seconds))
    return _pair(Claims(opened.player.id, opened.id, opened.refresh_id, expires_at), now)


def _pair(refresh: Claims, now: datetime) -> TokenPair:
    """Return a refresh token with these claims, and an access token that does not outlive it."""
    seconds = service().settings.access_token_seconds
    expires_at = min(now + timedelta(seconds=seconds), refresh.expires_at)
    access = Claims(refresh.user_id, refresh.session_id, secret_tokens.new(), expires_at)
    return {
        "access": tokens.write(token_key(), "access", access, now),
        "refresh": tokens.write(token_key(), "refresh", refresh, now),
    }
