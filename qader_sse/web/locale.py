"""The language of an answer: the prefix of the path, else Accept-Language, else a setting."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from qader_sse.domain.i18n import LOCALES
from qader_sse.flask_context import current_request, this_app
from qader_sse.web.head_cache import kept_for_short_texts

_KEY = "qader_sse.locale"


class LocalePrefix:
    """Serve every path also under `/en` and `/ar`.

    The prefix is moved from PATH_INFO to SCRIPT_NAME, so that addresses in the answer, such as
    `next`, keep it. Further slashes before a path are dropped, as Werkzeug does when it looks for the
    route: the layers behind this one compare PATH_INFO, and must see the same path.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = _with_one_slash(environ.get("PATH_INFO", ""))
        first, slash, rest = path.removeprefix("/").partition("/")
        if first in LOCALES and slash:
            environ[_KEY] = first
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{first}"
            path = _with_one_slash(f"/{rest}")
        environ["PATH_INFO"] = path
        return self._app(environ, start_response)


def _with_one_slash(path: str) -> str:
    return f"/{path.lstrip('/')}" if path.startswith("//") else path


def current_locale() -> str:
    try:
        environ = current_request().environ
    except RuntimeError:
        return _default()  # there is no request, as in a command
    found: str | None = environ.get(_KEY)
    if found is None:
        accepted = _accepted(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        found = environ[_KEY] = accepted or _default()
    return found


def _default() -> str:
    default: str = this_app().config["DEFAULT_LOCALE"]
    return default


@kept_for_short_texts(128)  # browsers send few different ones
def _accepted(header: str) -> str | None:
    # Not Werkzeug's best_match, which prefers an `en` far down the list to a first `ar-SA`.
    tags = (tag for tag, quality in parse_accept_header(header, LanguageAccept) if quality > 0)
    languages = (tag.partition("-")[0].lower() for tag in tags)
    return next((language for language in languages if language in LOCALES), None)
