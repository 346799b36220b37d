"""The language of an answer: the prefix of the path, else Accept-Language, else a setting."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import current_app, has_request_context, request

from qader_sse.domain.i18n import LOCALES

_KEY = "qader_sse.locale"


class LocalePrefix:
    """Serve every path also under `/en` and `/ar`.

    The prefix is moved from PATH_INFO to SCRIPT_NAME, so that addresses in the answer, such as
    `next`, keep it.
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
        found = request.environ[_KEY] = _accepted_locale() or default
    return found


def _accepted_locale() -> str | None:
    # Not Werkzeug's best_match, which prefers an `en` far down the list to a first `ar-SA`.
    accepted = (tag for tag, quality in request.accept_languages if quality > 0)
    languages = (tag.partition("-")[0].lower() for tag in accepted)
    return next((language for language in languages if language in LOCALES), None)
