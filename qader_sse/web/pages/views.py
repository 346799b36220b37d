"""The page at `/`, the inspector at `/inspect/`, and the OpenAPI document."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template
from flask_login import current_user

from qader_sse.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from qader_sse.domain.i18n import translate
from qader_sse.service import service
from qader_sse.store import accounts
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web.locale import current_locale
from qader_sse.web.pages import inspector_texts
from qader_sse.web.pages.app_texts import counted_texts, texts
from qader_sse.web.request_guards import public, signed_in

# Everything the page needs is served here; figures of questions may be anywhere.
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src * data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

bp = Blueprint("pages", __name__)


@bp.get("/")
@public
def index() -> Response:
    locale = current_locale()
    said = texts(locale)
    data = {
        "locale": locale,
        "texts": said,
        "counted": counted_texts(locale),
        "demo_password": DEMO_PASSWORD,
        "is_signed_in": _is_signed_in(),
    }
    return _page(
        "index.html",
        texts=said,
        data=data,
        modules=_modules(),
        demo_accounts=_demo_accounts(),
    )


@bp.get("/inspect/")
@public
def inspect() -> Response:
    locale = current_locale()
    said = {name: translate(locale, text) for name, text in inspector_texts.TEXTS.items()}
    is_signed_in = _is_signed_in()
    return _page(
        "inspect.html",
        texts=said,
        username=signed_in().player.username if is_signed_in else None,
        is_stranger=is_signed_in is False,
    )


@bp.get("/openapi/openapi.json")
@public
def openapi() -> dict[str, Any]:
    """Return the document made from the models that check requests and shape answers."""
    document: dict[str, Any] = current_app.api_doc  # type: ignore[attr-defined]  # an OpenAPI app
    return document


@lru_cache(maxsize=1)
def _modules() -> list[str]:
    """Name what the page imports: else a browser finds out only level by level what imports what."""
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
    response.headers["Content-Security-Policy"] = _CONTENT_POLICY
    # It tells who is signed in, in the language that the browser asks for.
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Accept-Language")
    return response


def _is_signed_in() -> bool | None:
    """Whether somebody is; None where the database does not tell."""
    try:
        return bool(current_user.is_authenticated)
    except StoreUnavailable:
        return None


def _demo_accounts() -> list[str]:
    """Name the demo accounts that are there: an installation for many has none.

    There, the names may be anybody's; the password tells.
    """
    try:
        with service().database.autocommit() as connection:
            found = [accounts.by_username(connection, demo.username) for demo in DEMO_ACCOUNTS]
    except StoreUnavailable:
        return []  # the page itself needs no database, and tells what does not answer
    return [
        account.player.username
        for account in found
        if account and not account.disabled_at and _is_demo(account.password_hash)
    ]


@lru_cache(maxsize=len(DEMO_ACCOUNTS))  # tens of milliseconds of computing
def _is_demo(password_hash: str) -> bool:
    return service().passwords.matches(password_hash, DEMO_PASSWORD)
