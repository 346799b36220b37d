"""The pages: in the reader's language, complete, and without anything from other hosts."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from qader_sse.demo_accounts import DEMO_ACCOUNTS
from qader_sse.domain.i18n import LOCALES
from qader_sse.installation import ROOT
from qader_sse.service import Service
from qader_sse.store import models
from qader_sse.web.pages.app_texts import counted_texts, texts
from tests.support.duel import PASSWORD

STATIC = ROOT / "qader_sse" / "static"
SCRIPTS = {path.name: path.read_text() for path in sorted(STATIC.glob("app/**/*.js"))}

every_locale = pytest.mark.parametrize("locale", LOCALES)


class Page(HTMLParser):
    """The elements of a page, and the texts of its scripts."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script":
            self.scripts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def data(self) -> Any:
        return json.loads(self.scripts[0])


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "accepted", "locale", "direction"),
    [
        ("/ar/", "en", "ar", "rtl"),
        ("/en/", "ar", "en", "ltr"),
        ("/", "ar-SA,ar;q=0.9,en;q=0.8", "ar", "rtl"),
        ("/", "fr,en;q=0.5", "en", "ltr"),
    ],
)
def test_the_page_is_in_the_readers_language(
    browser: FlaskClient, path: str, accepted: str, locale: str, direction: str
) -> None:
    page = Page(browser.get(path, headers={"Accept-Language": accepted}).text)
    assert page.all("html") == [{"lang": locale, "dir": direction}]
    assert page.data["locale"] == locale
    assert page.data["texts"] == texts(locale)
    assert page.data["counted"] == counted_texts(locale)
    other = {"en": "ar", "ar": "en"}[locale]
    switch = [link["href"] for link in page.all("a") if link.get("data-language") == other]
    assert switch == [f"../{other}/"]


@every_locale
def test_a_page_has_no_inline_code_and_loads_nothing_from_other_hosts(
    browser: FlaskClient, locale: str
) -> None:
    response = browser.get(f"/{locale}/")
    page = Page(response.text)
    for tag, attributes in page.elements:
        assert tag != "style"
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        for name in ("src", "href"):
            assert not re.match("[a-z]+:|//", attributes.get(name) or ""), attributes
    kinds = [script.get("type") for script in page.all("script")]
    assert kinds == ["application/json", "module"]
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["/", "/inspect/", "/account/", "/reset/", "/docs/", "/docs/events/"]
)
def test_a_page_is_cached_privately_and_revalidated(browser: FlaskClient, path: str) -> None:
    """A page depends on the user, which may change at any moment, and on the language."""
    response = browser.get(path)
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert {"cookie", "accept-language"} <= set(response.vary.as_set())


@pytest.mark.parametrize(
    "path", ["/", "/inspect/", "/account/", "/reset/", "/docs/", "/docs/events/"]
)
def test_no_other_site_may_frame_a_page_or_send_its_forms_elsewhere(
    browser: FlaskClient, path: str
) -> None:
    policy = browser.get(path).headers["Content-Security-Policy"].split("; ")
    assert {"frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} <= set(policy)


@pytest.mark.parametrize(
    ("cookie", "scheme", "media"),
    [
        ("dark", "dark", "all"),
        ("light", "light", "not all"),
        ("system", "light dark", "(prefers-color-scheme: dark)"),
        ('"><script>', "light dark", "(prefers-color-scheme: dark)"),
    ],
)
def test_a_page_has_the_colours_of_the_cookie_if_there_are_such(
    browser: FlaskClient, cookie: str, scheme: str, media: str
) -> None:
    browser.set_cookie("theme", cookie)
    page = Page(browser.get("/").text)
    (found,) = [meta for meta in page.all("meta") if meta.get("name") == "color-scheme"]
    (dark,) = [link for link in page.all("link") if str(link["href"]).endswith("dark.css")]
    assert (found["content"], dark["media"]) == (scheme, media)


def test_every_file_that_a_page_loads_exists(browser: FlaskClient) -> None:
    page = Page(browser.get("/").text)
    loaded = [link["href"] for link in page.all("link")] + [
        script["src"] for script in page.all("script") if "src" in script
    ]
    assert len(loaded) > 3
    for address in loaded:
        with closing(browser.get(str(address))) as response:
            assert response.status_code == 200, address


def test_every_imported_module_is_preloaded(browser: FlaskClient) -> None:
    named = {
        str(link["href"]).removeprefix("/static/")
        for link in Page(browser.get("/").text).all("link")
        if link["rel"] == "modulepreload"
    }
    imported = {"app/main.js"}
    while more := {name for path in imported for name in imports_of(STATIC / path)} - imported:
        imported |= more
    assert named == imported


def imports_of(module: Path) -> Iterator[str]:
    for name in re.findall(r'^(?:import|export) .*?"(\..+?)";$', module.read_text(), re.M):
        yield os.path.normpath(module.parent.relative_to(STATIC) / name)


def test_scripts_use_every_text_and_no_text_is_missing() -> None:
    templates = ROOT / "qader_sse" / "templates"
    template = "".join((templates / name).read_text() for name in ("index.html", "fields.html"))
    source = "\n".join(SCRIPTS.values())
    called = set(re.findall(r'\btext\("(\w+)"', source))
    counted = set(re.findall(r'\bcounted\("(\w+)"', source))
    in_template = set(re.findall(r"texts\.(\w+)", template))
    assert called | in_template <= set(texts("en"))
    assert counted == set(counted_texts("en"))
    named = set(re.findall(r'"(\w+)"', source))
    # Scripts build some of the names, such as `state_${state}`.
    built = tuple(re.findall(r"`(\w+_)\$", source))
    unsaid = set(texts("en")) - called - in_template - named
    assert [name for name in unsaid if not name.startswith(built)] == []


@pytest.mark.parametrize("folder", ["account", "app", "client", "docs", "inspect", "shared"])
def test_scripts_never_insert_text_as_markup(folder: str) -> None:
    scripts = list((STATIC / folder).rglob("*.js"))
    assert scripts
    for path in scripts:
        making = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\("
        assert re.findall(making, path.read_text()) == [], path.name


def offered_demo_accounts(browser: FlaskClient) -> list[str | None]:
    page = Page(browser.get("/").text)
    return [button["data-demo"] for button in page.all("button") if "data-demo" in button]


def test_demo_accounts_are_offered_only_if_they_exist(app: Flask, browser: FlaskClient) -> None:
    sara, fahad = (account.username for account in DEMO_ACCOUNTS)
    assert offered_demo_accounts(browser) == [sara, fahad]
    app.test_cli_runner().invoke(args=["users", "disable", sara])
    assert offered_demo_accounts(browser) == [fahad]


def test_an_account_with_a_demo_username_but_another_password_is_not_offered(
    service: Service, browser: FlaskClient
) -> None:
    with service.database.transaction() as tx:
        own_hash = service.passwords.hash(PASSWORD)
        tx.connection.execute(
            update(models.User)
            .where(models.User.username == DEMO_ACCOUNTS[0].username)
            .values(password_hash=own_hash)
        )
    assert offered_demo_accounts(browser) == [DEMO_ACCOUNTS[1].username]


def test_during_an_outage_of_the_database_the_page_is_served_without_a_user(
    browser_in_an_outage: FlaskClient,
) -> None:
    response = browser_in_an_outage.get("/")
    assert response.status_code == 200
    assert Page(response.text).data["is_signed_in"] is None


def test_during_an_outage_of_the_database_the_inspector_asks_nobody_to_sign_in(
    browser_in_an_outage: FlaskClient,
) -> None:
    response = browser_in_an_outage.get("/inspect/")
    assert response.status_code == 200
    page = Page(response.text)
    assert [script["src"] for script in page.all("script") if "src" in script] != []
    assert [card for card in page.all("p") if card.get("id") == "sign-in-first"] == []


@pytest.mark.parametrize(
    ("path", "kind", "begins"),
    [
        ("/favicon.ico", "image/vnd.microsoft.icon", b"\x00\x00\x01\x00"),
        ("/robots.txt", "text/plain", b"#"),
    ],
)
def test_what_browsers_and_search_engines_look_for_is_there(
    app: Flask, path: str, kind: str, begins: bytes
) -> None:
    with closing(app.test_client().get(path)) as response:
        assert (response.status_code, response.mimetype) == (200, kind)
        assert response.data.startswith(begins)
