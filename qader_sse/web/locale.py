"""Which language an answer is in: the path's prefix, else Accept-Language, else a setting."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import current_app, has_request_context, request

from qader_sse.domain.i18n import LOCALES

_KEY = "qader_sse.locale"


class LocalePrefix:
    """Take `/en` or `/ar` off the path, so that every address also answers under it.

    The prefix moves to SCRIPT_NAME: addresses made for the answer (`next`) keep it.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        first, slash, rest = environ.get("PATH_INFO", "").removeprefix("/").partition("/")
        if first in LOCALES and slash:
            environ[_KEY] = first
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{first}"
            environ["PATH_INFO"] = f"/{rest}"
        return self._app(environ, start_response)


def current_locale() -> str:
    default: str = current_app.config["DEFAULT_LOCALE"]
    if not has_request_context():
        return default
    found: str | None = request.environ.get(_KEY)
    if found is None:
        found = request.environ[_KEY] = _wanted() or default
    return found


def _wanted() -> str | None:
    # By hand: Werkzeug's best_match takes a distant `en` before the wanted `ar-SA`.
    asked = (tag for tag, quality in request.accept_languages if quality > 0)
    wanted = (tag.partition("-")[0].lower() for tag in asked)
    return next((locale for locale in wanted if locale in LOCALES), None)
