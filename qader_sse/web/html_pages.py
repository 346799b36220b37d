"""What all pages have in common: their language, their headers, and whether somebody is signed in."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TypedDict

from flask import Response, make_response, render_template, request

from qader_sse.domain.challenge import Player
from qader_sse.domain.i18n import translate
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web import security_headers
from qader_sse.web.authentication import own_details, sender
from qader_sse.web.locale import current_locale


def rendered(template: str, **context: object) -> str:
    """Return a page in the language of the request."""
    locale = current_locale()
    direction = "rtl" if locale == "ar" else "ltr"
    return render_template(template, locale=locale, direction=direction, theme=_theme(), **context)


def _theme() -> str | None:
    """Return the colours that were chosen in this browser; None for those of the system.

    By a cookie, because the first bytes of a page need it: a script would come after them.
    """
    chosen = request.cookies.get("theme")
    return chosen if chosen in ("light", "dark") else None


class Visitor(TypedDict):
    """Whoever opens a page, and whether it is certain that nobody is signed in."""

    visitor: Player | None
    is_stranger: bool


def page(template: str, **context: object) -> Response:
    response = make_response(rendered(template, **context))
    response.headers.update(security_headers.for_pages(service().settings.image_hosts))
    # A page depends on the user, on the browser's language, and on the colours chosen in it.
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def translated(marked: Mapping[str, str]) -> dict[str, str]:
    locale = current_locale()
    return {name: translate(locale, text) for name, text in marked.items()}


def visitor() -> Visitor:
    """Return what a page says of whoever opens it: who it is, or that nobody is signed in.

    While the database is unreachable, it says neither.
    """
    found = is_signed_in()
    return {"visitor": _player() if found else None, "is_stranger": found is False}


def _player() -> Player | None:
    with suppress(StoreUnavailable):
        return own_details().player
    return None


def is_signed_in() -> bool | None:
    """Return whether a user is signed in, or None while the database is unreachable."""
    try:
        return sender() is not None
    except StoreUnavailable:
        return None
