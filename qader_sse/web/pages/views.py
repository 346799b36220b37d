"""The pages, and the two files that browsers and search engines look for beside them."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template
from flask_login import current_user

from qader_sse import demo_accounts
from qader_sse.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from qader_sse.domain.i18n import translate
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web import security_headers
from qader_sse.web.locale import current_locale
from qader_sse.web.pages import account_texts, inspector_texts
from qader_sse.web.pages.app_texts import counted_texts, texts
from qader_sse.web.request_guards import public, signed_in

bp = Blueprint("pages", __name__)


@bp.get("/")
@public
def index() -> Response:
    locale = current_locale()
    translated = texts(locale)
    demo = _demo_accounts()
    data = {
        "locale": locale,
        "texts": translated,
        "counted": counted_texts(locale),
        "demo_password": DEMO_PASSWORD if demo else None,
        "is_signed_in": _is_signed_in(),
    }
    return _page(
        "index.html",
        texts=translated,
        data=data,
        modules=_modules(),
        demo_accounts=demo,
    )


@bp.get("/inspect/")
@public
def inspect() -> Response:
    locale = current_locale()
    translated = {name: translate(locale, text) for name, text in inspector_texts.TEXTS.items()}
    is_signed_in = _is_signed_in()
    return _page(
        "inspect.html",
        texts=translated,
        username=signed_in().player.username if is_signed_in else None,
        is_stranger=is_signed_in is False,
    )


@bp.get("/account/")
@public
def account() -> Response:
    """Serve the page on which people change their password, and see and end their sessions."""
    is_signed_in = _is_signed_in()
    return _page(
        "account.html",
        texts=_translated(account_texts.TEXTS),
        username=signed_in().player.username if is_signed_in else None,
        is_stranger=is_signed_in is False,
        path="password/",
    )


@bp.get("/reset/")
@public
def reset() -> Response:
    """Serve the page to which an operator's link leads, whoever is signed in here."""
    texts_of_page = _translated(account_texts.TEXTS)
    return _page("account.html", texts=texts_of_page, is_reset=True, path="password/reset/")


@bp.get("/favicon.ico")
@public
def favicon() -> Response:
    """Serve `icon.svg` as pixels, at the address that browsers try for what is no page."""
    return current_app.send_static_file("favicon.ico")


@bp.get("/robots.txt")
@public
def robots() -> Response:
    """Serve what search engines may visit."""
    return current_app.send_static_file("robots.txt")


def _translated(marked: Mapping[str, str]) -> dict[str, str]:
    return {name: translate(current_locale(), text) for name, text in marked.items()}


@lru_cache(maxsize=1)
def _modules() -> list[str]:
    """Return the modules of the page, to preload them: a browser finds imports one level at a time."""
    static = Path(current_app.static_folder or "")
    found = [
        path for name in ("app", "client", "shared") for path in static.glob(f"{name}/**/*.js")
    ]
    return sorted(str(path.relative_to(static)) for path in found if path.name != "react.js")


def _page(template: str, **context: object) -> Response:
    locale = current_locale()
    direction = "rtl" if locale == "ar" else "ltr"
    response = make_response(
        render_template(template, locale=locale, direction=direction, **context)
    )
    response.headers.update(security_headers.for_pages(service().settings.image_hosts))
    # A page depends on the user and on the browser's language.
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Accept-Language")
    return response


def _is_signed_in() -> bool | None:
    """Return whether a user is signed in, or None while the database is unreachable."""
    try:
        return bool(current_user.is_authenticated)
    except StoreUnavailable:
        return None


def _demo_accounts() -> list[str]:
    try:
        with service().database.autocommit() as connection:
            return demo_accounts.usable(connection, _is_demo)
    except StoreUnavailable:
        return []  # the page itself needs no database, and shows what does not answer


@lru_cache(maxsize=len(DEMO_ACCOUNTS))  # each check takes tens of milliseconds of computing
def _is_demo(password_hash: str) -> bool:
    return service().passwords.matches(password_hash, DEMO_PASSWORD)
