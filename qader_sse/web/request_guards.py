"""Authentication, and the checks that every request passes before its view runs."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn, TypeVar

from flask import Flask, Request, Response, after_this_request, current_app, g, request
from flask_login import UserMixin, current_user
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
    Unauthorized,
    UnsupportedMediaType,
)

from qader_sse.domain.i18n import mark
from qader_sse.domain.presenters import Viewer
from qader_sse.domain.violations import TicketRefused, UnknownDjangoUser
from qader_sse.extensions import login_manager
from qader_sse.limits.table import ACTIONS
from qader_sse.service import service
from qader_sse.store import secret_tokens
from qader_sse.web import django_tokens, origins, security_headers, tickets, tokens, unknown_input
from qader_sse.web.access_log import note
from qader_sse.web.devices import device
from qader_sse.web.error_responses import InvalidInput
from qader_sse.web.error_texts import NOT_AN_OBJECT
from qader_sse.web.locale import current_locale
from qader_sse.web.yielding import yield_to_others

View = TypeVar("View", bound=Callable[..., object])

_SAFE = ("GET", "HEAD", "OPTIONS")
# A client that is still sending its body does not read the answer. So of a body that is refused,
# up to this much is read and discarded.
_MAX_DISCARDED_BYTES = 32 * 1024 * 1024
_MAX_DISCARDING_SECONDS = 10
_PUBLIC = "qader_sse_public"


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """The user of a request, and their session: its id, and when it ends by itself."""

    user_id: int
    session_id: str
    ends_at: datetime
    new_token: str = ""  # the session's token, in the request that opens it

    def get_id(self) -> str:
        """Return what Flask-Login puts into the cookie."""
        return self.new_token


def public(view: View) -> View:
    """Mark a view that needs no session; all other views answer 401 without one."""
    setattr(view, _PUBLIC, True)
    return view


def register(app: Flask) -> None:
    # Pages are served during an outage of the database; Flask-Login's context processor would
    # read the user in each of them.
    login_manager.init_app(app, add_context_processor=False)
    # Flask-Login would end a session whose network address changes, as a phone's does. Whether a
    # session is open depends on its row alone.
    login_manager.session_protection = None
    app.before_request(yield_to_others)
    app.before_request(_require_known_page)
    app.before_request(_require_signed_in)
    app.before_request(_require_json)
    app.before_request(unknown_input.answer_unknown)
    origins.register(app)
    security_headers.register(app)


def signed_in() -> SignedIn:
    """Return the signed-in user. Raises Unauthorized if there is none."""
    user = current_user._get_current_object()  # noqa: SLF001  # how Werkzeug's proxies are unwrapped
    if not isinstance(user, SignedIn):
        raise Unauthorized
    return user


def viewer() -> Viewer:
    return Viewer(user_id=signed_in().user_id, locale=current_locale())


def name_viewer() -> None:
    """Add the user's id to the answer, as the header `Viewer-Id`.

    For blueprints whose clients resume at a cursor. A cursor is valid for one user only, and a
    browser may have signed in as another one since.
    """
    if request.method == "OPTIONS":
        return  # a preflight has no user
    # The user is read now, because the answer may be a 503 and the database unreachable by then.
    name = str(viewer().user_id)

    @after_this_request
    def add(response: Response) -> Response:
        response.headers["Viewer-Id"] = name
        return response


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def _load_by_cookie(token: str) -> SignedIn | None:
    # A ticket or a token alone decides, whatever cookie comes with it.
    if tickets.has_ticket(request) or tokens.bearer(request) is not None:
        return None
    return _load_session(secret_tokens.hashed(token))


@login_manager.request_loader  # type: ignore[untyped-decorator]  # the same
def _load_without_cookie(request: Request) -> SignedIn | None:
    return _load_by_ticket(request) or _load_by_token(request)


def _load_by_ticket(request: Request) -> SignedIn | None:
    """Return the user of a stream's ticket, None if there is none. Raises TicketRefused."""
    if not tickets.has_ticket(request):
        return None
    found = _load_session(tickets.redeem(request))
    if found is None:
        raise TicketRefused  # its session has ended meanwhile
    return found


def _load_by_token(request: Request) -> SignedIn | None:
    """Return the user of an access token, as long as its session is open."""
    token, now = tokens.bearer(request), service().clock()
    if token is None:
        return None
    claims = tokens.read(token_key(), "access", token, now)
    if claims is None:
        return _load_by_django_token(token, now)
    found = _load_session(claims.session_id)
    return found if found and found.user_id == claims.user_id else None


def _load_by_django_token(token: str, now: datetime) -> SignedIn | None:
    """Return the user of a Django deployment's token, whose first request opens its session."""
    claims = django_tokens.read("access", token, now)
    if claims is None:
        return None
    found = _load_session(claims.session_id)
    if found is not None:
        return found
    try:
        service().django_tokens.open_session(claims, now, device(request.user_agent.string))
    except UnknownDjangoUser as unknown:
        g.why_not_signed_in = unknown
        return None
    return _load_session(claims.session_id)


def token_key() -> bytes:
    """Return the key that signs tokens here."""
    settings = service().settings
    return tokens.signing_key(settings.jwt_signing_key, settings.secret_key)


def _load_session(session_id: str) -> SignedIn | None:
    now, oldest = service().clock(), service().oldest_session()
    found = service().session_cache.signed_in(session_id, now, oldest)
    if found is None:
        return None
    note(request.environ, user=found.user_id)
    ends_at = service().end_of_session(found.opened_at)
    return SignedIn(found.user_id, session_id, min(ends_at, found.expires_at or ends_at))


def is_public(endpoint: str) -> bool:
    if endpoint == "static":
        return True
    return getattr(current_app.view_functions[endpoint], _PUBLIC, False)


def _require_known_page() -> Response | None:
    is_read = request.method in _SAFE and (request.endpoint is None or is_public(request.endpoint))
    return origins.answer_or_refuse(is_harmless=is_read)


def _require_signed_in() -> None:
    if request.endpoint is None or request.method == "OPTIONS" or is_public(request.endpoint):
        return
    if request.url_rule is not None and request.url_rule.websocket:
        return  # a WebSocket is refused by a close code after its handshake, which its view sends
    if not current_user.is_authenticated:
        raise g.get("why_not_signed_in", Unauthorized())
    if request.path.startswith("/api/"):
        service().shares.spend(ACTIONS, viewer().user_id)


def _require_json() -> None:
    """Refuse a body that is too large, not JSON, or not an object."""
    if request.method in _SAFE:
        return
    limit = service().settings.max_body_bytes
    if (request.content_length or 0) > limit:
        _refuse_too_large()
    data = _body()
    # A chunked body has no Content-Length; Werkzeug stops reading it at MAX_CONTENT_LENGTH.
    if request.content_length is None and len(data) > limit:
        _refuse_too_large()
    if data:
        _require_object()


def _body() -> bytes:
    try:
        return request.get_data(cache=True)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001  # cut, stalled or malformed: servers raise different errors
        raise BadRequest from None


def _require_object() -> None:
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        body = request.get_json()
    except (BadRequest, RecursionError):
        raise InvalidInput("detail", mark("The body is not valid JSON.")) from None
    if not isinstance(body, dict):
        raise InvalidInput("detail", NOT_AN_OBJECT)


def _refuse_too_large() -> NoReturn:
    left = min(request.content_length or _MAX_DISCARDED_BYTES, _MAX_DISCARDED_BYTES)
    give_up_at = time.monotonic() + _MAX_DISCARDING_SECONDS
    with suppress(Exception):  # a body that breaks off gets the same answer
        while left > 0 and time.monotonic() < give_up_at:
            chunk = request.environ["wsgi.input"].read(min(left, 64 * 1024))
            if not chunk:
                break
            left -= len(chunk)
    raise RequestEntityTooLarge
