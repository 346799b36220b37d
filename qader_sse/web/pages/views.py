"""The pages, and the files that browsers and search engines look for beside them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from qader_sse import demo_accounts
from qader_sse.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from qader_sse.domain.challenge import Challenge, Player
from qader_sse.domain.facts import simple_user
from qader_sse.domain.i18n import translate
from qader_sse.service import service
from qader_sse.store.errors import StoreUnavailable
from qader_sse.web import html_pages
from qader_sse.web.authentication import signed_in
from qader_sse.web.locale import current_locale
from qader_sse.web.own_host import called_prefix
from qader_sse.web.pages import account_texts, inspector_texts
from qader_sse.web.pages.app_texts import CHALLENGES_YOU, TITLE, counted_texts, texts
from qader_sse.web.request_guards import public

bp = Blueprint("pages", __name__)


@dataclass(frozen=True, slots=True)
class Invite:
    """What the page says of the invite whose link was opened."""

    token: str
    challenge: Challenge

    @property
    def title(self) -> str:
        name = self.challenge.challenger.shown_name
        return translate(current_locale(), CHALLENGES_YOU, name=name)

    @property
    def username(self) -> str | None:
        """Return whose invite it is, unless the title says so: nobody checks the name that it shows."""
        challenger = self.challenge.challenger
        return challenger.username if challenger.username != challenger.shown_name else None

    @property
    def description(self) -> str:
        return translate(current_locale(), self.challenge.kind.description)


@bp.get("/")
@public
def index() -> Response:
    return _app(invite=None)


@bp.get("/join/<token>/")
@public
def join(token: str) -> AnyResponse:
    """Serve the app with the invite of a link. It changes nothing: what previews links comes here, too."""
    user_id = signed_in().user_id if html_pages.is_signed_in() else None
    challenge = service().invite_links.find(token, user_id, service().clock())
    if user_id is not None and challenge.attempt_of(user_id):
        return redirect(f"{url_for('pages.index')}#challenge-{challenge.id}")
    return _app(invite=Invite(token, challenge))


def _app(invite: Invite | None) -> Response:
    locale = current_locale()
    translated = texts(locale)
    demo = [] if invite else _demo_accounts()
    data = {
        "locale": locale,
        "texts": translated,
        "counted": counted_texts(locale),
        "demo_password": DEMO_PASSWORD if demo else None,
        "is_signed_in": html_pages.is_signed_in(),
        "invite": invite and invite.token,
        "search_minutes": round(service().settings.matchmaking_seconds / 60),
    }
    return html_pages.page(
        "index.html",
        texts=translated,
        data=data,
        modules=_modules(),
        demo_accounts=demo,
        invite=invite,
    )


@bp.get("/inspect/")
@public
def inspect() -> Response:
    return html_pages.page(
        "inspect.html",
        texts=html_pages.translated(inspector_texts.TEXTS),
        **html_pages.visitor(),
    )


@bp.get("/account/")
@public
def account() -> Response:
    """Serve the page on which people change their names, colours and password, and see and end their sessions."""
    return _account_page(path="password/", **html_pages.visitor())


@bp.get("/reset/")
@public
def reset() -> Response:
    """Serve the page to which an operator's link leads, whoever is signed in here."""
    return _account_page(path="password/reset/", is_reset=True)


def _account_page(visitor: Player | None = None, **context: object) -> Response:
    texts_of_page = html_pages.translated(account_texts.TEXTS)
    data = {
        "locale": current_locale(),
        "texts": texts_of_page,
        "counted": {},
        "user": visitor and simple_user(visitor),
    }
    return html_pages.page(
        "account.html", texts=texts_of_page, data=data, visitor=visitor, **context
    )


@bp.get("/manifest.webmanifest")
@public
def manifest() -> Response:
    """Serve what a home screen needs of the app: its name, its icons, and where it begins."""
    locale = current_locale()
    shown = translate(locale, TITLE)
    icons = [_icon(f"icon-{size}.png", size, "any") for size in (192, 512)]
    response = jsonify(
        id=f"{called_prefix()}/",  # the app's name among those of this host
        name=shown,
        short_name=shown,
        lang=locale,
        dir="rtl" if locale == "ar" else "ltr",
        start_url=url_for("pages.index"),
        scope=url_for("pages.index"),
        display="standalone",
        background_color="#f6f4ee",
        theme_color="#3544ae",
        icons=[*icons, _icon("icon-maskable.png", 512, "maskable")],
    )
    response.mimetype = "application/manifest+json"
    response.vary.add("Accept-Language")
    return response


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {
        "src": url_for("static", filename=name),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


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


@lru_cache(maxsize=1)
def _modules() -> list[str]:
    """Return the modules of the lobby, to preload them: a browser finds imports one level at a time."""
    static = Path(current_app.static_folder or "")
    found = [
        path for name in ("app", "client", "shared") for path in static.glob(f"{name}/**/*.js")
    ]
    names = (path.relative_to(static).as_posix() for path in found if path.name != "react.js")
    return sorted(name for name in names if not name.startswith("app/duel/"))


def _demo_accounts() -> list[str]:
    try:
        with service().database.autocommit() as connection:
            return demo_accounts.usable(connection, _is_demo)
    except StoreUnavailable:
        return []  # the page itself needs no database, and shows what does not answer


@lru_cache(maxsize=len(DEMO_ACCOUNTS))  # each check takes tens of milliseconds of computing
def _is_demo(password_hash: str) -> bool:
    return service().passwords.matches(password_hash, DEMO_PASSWORD)
