"""Faster replacements for parts of Flask: how it finds and calls views, its JSON and its session cookies."""

import hashlib
import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

import orjson
from flask import Flask, Request, Response, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_openapi3.openapi import OpenAPI
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.routing import MapAdapter
from werkzeug.sansio.http import parse_cookie

from qader_sse.web.head_cache import kept_for_short_texts
from qader_sse.web.own_host import called_prefix
from qader_sse.web.requests import AppRequest
from qader_sse.web.responses import AppResponse, JsonResponse
from qader_sse.web.routing import Routes

# `Cookie` headers with a signature that was found right, as many as sessions are cached: see
# `SessionCache`.
_MAX_COOKIES = 2_000


class LeanApp(OpenAPI):
    """An app that does less for each request than Flask's own."""

    request_class = AppRequest
    response_class = AppResponse

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        if request is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        return self._routes.adapter(request)

    @cached_property
    def _routes(self) -> Routes:
        return Routes(self.url_map)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or a hook as it is. Flask asks at each call whether it is a coroutine."""
        return func


class FastJson(DefaultJSONProvider):
    """Writes answers by orjson, with keys in the order of the contract and Arabic unescaped.

    Requests are still read by the standard library: they are small, and orjson accepts other
    numbers. Overrides `response` and calls `_prepare_response_obj`, which is private to Flask.
    """

    ensure_ascii = False
    sort_keys = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        content = self._prepare_response_obj(args, kwargs)
        body = orjson.dumps(content, default=self.default, option=orjson.OPT_APPEND_NEWLINE)
        return JsonResponse(body)


class SessionCookies(SecureCookieSessionInterface):
    """Session cookies that are valid for as long as the session's row says, whatever their age.

    Flask compares the time in the cookie with the wall clock, and refuses a cookie from the future:
    one that a node had just signed, whose clock was five seconds ahead, was refused by all others.

    Besides, they take fewer calls. The key that signs them is derived once, and one signer verifies all of
    them, where Flask does both for each cookie. A `Cookie` header that comes again and again is read and
    verified once. Nothing is decided about a cookie that is not written.
    """

    # The same as Flask's, which is a function of Python's around this one: the HMAC is made in one call.
    digest_method = staticmethod(hashlib.sha1)

    def __init__(self, app: Flask) -> None:
        # There is always one: no app is made without a key.
        flasks = cast(URLSafeTimedSerializer, super().get_signing_serializer(app))
        self._serializer = URLSafeTimedSerializer(
            flasks.make_signer().derive_key(),
            serializer=self.serializer,
            signer_kwargs={"key_derivation": "none", "digest_method": self.digest_method},
        )
        self._signer = self._serializer.make_signer()
        self._name = self.get_cookie_name(app)
        # One that is refused raises, and takes no place.
        self._content = kept_for_short_texts(_MAX_COOKIES)(self._read)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer:
        return self._serializer

    def get_cookie_secure(self, app: Flask) -> bool:
        # gunicorn has set the scheme that a trusted proxy names.
        return request.is_secure or super().get_cookie_secure(app)

    def get_cookie_path(self, app: Flask) -> str:
        # Other services of the same host do not receive it, and may have one of the same name.
        return called_prefix() or super().get_cookie_path(app)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not session.modified:  # SESSION_REFRESH_EACH_REQUEST is off
            if session.accessed and response.headers.get("Vary") is None:
                response.headers.add("Vary", "Cookie")  # in half of the calls that `vary` takes
            elif session.accessed:
                response.vary.add("Cookie")
            return
        if self.get_cookie_domain(app) is not None:
            # A browser may still have the cookie from before COOKIE_DOMAIN was set. It would send
            # both, the older one first, and nobody could sign in there any more.
            response.delete_cookie(self.get_cookie_name(app), self.get_cookie_path(app))
        super().save_session(app, session, response)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        try:
            return self.session_class(self._content(request.environ["HTTP_COOKIE"]))
        except (KeyError, BadSignature):
            return self.session_class()

    def _read(self, header: str) -> dict[str, Any]:
        """Return what the session's cookie says. Raises KeyError without one, and BadSignature."""
        # Without `max_age`, the time in a cookie is ignored. The function of this name in werkzeug.http
        # raises an error at bytes that are not UTF-8, which another service of the host may set.
        payload = self._signer.unsign(parse_cookie(header)[self._name])
        content: dict[str, Any] = self._serializer.load_payload(payload)
        # Thousands are kept, all with the same few names, and JSON makes each name anew.
        return {sys.intern(name): value for name, value in content.items()}
