"""Who is asking, and whether they may ask at all: decided here, for every route."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, after_this_request, current_app, request
from flask_login import UserMixin, current_user
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    RequestEntityTooLarge,
    Unauthorized,
    UnsupportedMediaType,
)

from qader_sse.domain.challenge import Player
from qader_sse.domain.i18n import mark
from qader_sse.domain.presenters import Viewer
from qader_sse.extensions import login_manager
from qader_sse.service import service
from qader_sse.store import accounts
from qader_sse.web.error_responses import NOT_AN_OBJECT, InvalidInput
from qader_sse.web.locale import current_locale

View = TypeVar("View", bound=Callable[..., object])

_SAFE = ("GET", "HEAD", "OPTIONS")
# A client that is still sending its body does not read our answer: take in this much, unread.
_MOST_DISCARDED_BYTES = 32 * 1024 * 1024
_MOST_DISCARDING_SECONDS = 10
_PUBLIC = "qader_sse_public"


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """The account behind this request, and the session it came with."""

    player: Player
    token: str

    def get_id(self) -> str:
        return self.token


def public(view: View) -> View:
    """Mark a view that answers people who are not signed in; all others refuse them."""
    setattr(view, _PUBLIC, True)
    return view


def register(app: Flask) -> None:
    # Pages come without the database too; a `current_user` in each of them would ask it.
    login_manager.init_app(app, add_context_processor=False)
    # Whether a session is open is a row's matter; a phone may change its address at any time.
    login_manager.session_protection = None
    app.before_request(_give_way)
    app.before_request(_require_same_origin)
    app.before_request(_require_signed_in)
    app.before_request(_require_json)
    app.after_request(_forbid_caching)
    app.after_request(_forbid_guessing)


def signed_in() -> SignedIn:
    """Return who is signed in. Raises Unauthorized, also where that has ended meanwhile."""
    user = current_user._get_current_object()
    if not isinstance(user, SignedIn):
        raise Unauthorized
    return user


def viewer() -> Viewer:
    return Viewer(user_id=signed_in().player.id, locale=current_locale())


def name_viewer() -> None:
    """Have the answer name whom it is for: a browser may send somebody else's cookie by now.

    For blueprints whose readers come back to a place in a log, which is only that person's.
    """
    if request.method == "OPTIONS":
        return  # answered to everybody
    # Now, since the answer may be that the database is away: asking then would fail once more.
    name = str(viewer().user_id)

    @after_this_request
    def add(response: Response) -> Response:
        response.headers["Viewer-Id"] = name
        return response


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def _load(token: str) -> SignedIn | None:
    with service().database.autocommit() as connection:
        player = accounts.signed_in(connection, token)
    return SignedIn(player, token) if player else None


def is_public(endpoint: str) -> bool:
    if endpoint == "static":
        return True
    return getattr(current_app.view_functions[endpoint], _PUBLIC, False)


def _require_same_origin() -> None:
    """Refuse what another site's page makes a browser do with our cookie.

    Browsers name the page's origin on every unsafe request and every WebSocket
    handshake; programs that are no browsers send none and carry nobody's cookie.
    """
    is_socket = request.environ.get("HTTP_UPGRADE", "").lower() == "websocket"
    origin = request.headers.get("Origin")
    if origin is None or (request.method in _SAFE and not is_socket):
        return
    if not _is_own(origin):
        raise Forbidden


def _is_own(origin: str) -> bool:
    try:
        host = urlsplit(origin).netloc.lower()
    except ValueError:
        return False
    # The scheme may differ behind a proxy that ends TLS; the host is what tells sites apart.
    # As the client sent it: of a name it does not like, Werkzeug makes an empty one.
    return host != "" and host == request.environ.get("HTTP_HOST", "").lower()


def _require_signed_in() -> None:
    if request.endpoint is None or request.method == "OPTIONS" or is_public(request.endpoint):
        return
    if request.url_rule is not None and request.url_rule.websocket:
        return  # refused, it is accepted first and then closed with a code: its view does that
    if not current_user.is_authenticated:
        raise Unauthorized


def _require_json() -> None:
    """Refuse a body that is too large, not JSON, or not an object."""
    if request.method in _SAFE:
        return
    limit = service().settings.max_body_bytes
    if (request.content_length or 0) > limit:
        _refuse_too_large()
    data = _body()
    # Nobody says beforehand how long a chunked body is; Werkzeug stops reading at the limit.
    if request.content_length is None and len(data) > limit:
        _refuse_too_large()
    if data:
        _require_object()


def _body() -> bytes:
    try:
        return request.get_data(cache=True)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001  # cut, stalled, or chunks that are none: each server has its own
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
    left = min(request.content_length or _MOST_DISCARDED_BYTES, _MOST_DISCARDED_BYTES)
    give_up_at = time.monotonic() + _MOST_DISCARDING_SECONDS
    with suppress(Exception):  # as above; the answer is the same
        while left > 0 and time.monotonic() < give_up_at:
            chunk = request.environ["wsgi.input"].read(min(left, 64 * 1024))
            if not chunk:
                break
            left -= len(chunk)
    raise RequestEntityTooLarge


def _give_way() -> None:
    # A client whose next request is there before we look finds its greenlet running on: neither
    # streams nor other clients would get a turn until it is late once.
    time.sleep(0)


def _forbid_caching(response: Response) -> Response:
    # What one player sees must not come out of a cache to another, nor to the same one later.
    if response.is_json:
        response.headers["Cache-Control"] = "no-store"
    return response


def _forbid_guessing(response: Response) -> Response:
    # What says it is JSON or a stream must not be run as a script, or shown as a page.
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
