"""The pages at /docs/ and /docs/events/: complete, in the reader's language, and of our own files."""

import gzip
import re
from contextlib import closing
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.domain.i18n import LOCALES, translate
from qader_sse.installation import ROOT
from qader_sse.web.documents.event_reference import EventReference
from qader_sse.web.documents.page_texts import TEXTS

PAGES = ("/docs/", "/docs/events/")
SCRIPT = "/docs/swagger-ui.js"

every_locale = pytest.mark.parametrize("locale", LOCALES)
every_page = pytest.mark.parametrize("path", PAGES)


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def asyncapi(browser: FlaskClient) -> Any:
    return browser.get("/asyncapi.json").get_json()


@every_locale
@every_page
def test_a_page_is_in_the_readers_language_and_leads_to_the_other_one(
    browser: FlaskClient, locale: str, path: str
) -> None:
    text = browser.get(f"/{locale}{path}").text
    assert f'<html lang="{locale}" dir="{"rtl" if locale == "ar" else "ltr"}">' in text
    other = "en" if locale == "ar" else "ar"
    assert f'href="/{other}{path}"' in text
    title = TEXTS["rest" if path == "/docs/" else "events"]
    assert f"<h1>{translate(locale, title)}</h1>" in text


def test_without_a_prefix_a_page_leads_to_each_language(browser: FlaskClient) -> None:
    text = browser.get("/docs/", headers={"Accept-Language": "ar"}).text
    assert 'href="/en/docs/"' in text


@every_page
def test_a_page_loads_files_of_our_own_only_and_runs_no_code_of_its_own(
    browser: FlaskClient, path: str
) -> None:
    response = browser.get(path)
    for address in re.findall(r'(?:src|<link [^>]*href)="([^"]+)"', response.text):
        assert address.startswith("/")
        with closing(browser.get(address)) as file:
            assert file.status_code == 200, address
    assert not re.search(r"<style| style=| on\w+=", response.text)
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "data:" not in policy


@every_page
def test_a_page_is_served_while_the_database_is_away(
    browser_in_an_outage: FlaskClient, path: str
) -> None:
    response = browser_in_an_outage.get(path)
    assert response.status_code == 200
    assert TEXTS["nobody"] not in response.text


def test_a_stranger_is_told_that_calls_need_a_session(browser: FlaskClient) -> None:
    assert TEXTS["nobody"] in browser.get("/en/docs/").text


@pytest.mark.parametrize("accepted", ["gzip, br", "br", ""])
def test_the_script_comes_as_the_client_can_read_it(browser: FlaskClient, accepted: str) -> None:
    response = browser.get(SCRIPT, headers={"Accept-Encoding": accepted})
    is_compressed = "gzip" in accepted
    assert response.headers.get("Content-Encoding") == ("gzip" if is_compressed else None)
    content = gzip.decompress(response.data) if is_compressed else response.data
    assert b"SwaggerUIBundle" in content
    assert response.mimetype == "text/javascript"
    assert "Accept-Encoding" in response.headers["Vary"]
    again = browser.get(
        SCRIPT, headers={"Accept-Encoding": accepted, "If-None-Match": response.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_the_events_page_shows_every_channel_and_every_message(
    browser: FlaskClient, asyncapi: Any
) -> None:
    text = unescape(browser.get("/en/docs/events/").text)
    for name, channel in asyncapi["channels"].items():
        assert f'data-channel="{name}"' in text
        assert channel["address"] in text
    for name, message in asyncapi["components"]["messages"].items():
        assert f'data-message="{name}"' in text
        assert message["summary"].partition("`")[0] in text


def test_every_link_within_the_events_page_leads_somewhere(browser: FlaskClient) -> None:
    text = browser.get("/en/docs/events/").text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_nothing_of_what_the_events_page_explains_stays_untranslated(asyncapi: Any) -> None:
    """A description in the AsyncAPI document is marked for translation where it is written."""
    asked: list[str] = []

    def note(text: str) -> str:
        asked.append(text)
        return text

    reference = EventReference(asyncapi, note)
    assert len(reference.objects) > 5
    assert [text for text in asked if translate("ar", text) == text] == []


def test_templates_and_scripts_use_every_text() -> None:
    package = ROOT / "qader_sse"
    sources = [*package.glob("templates/*.html"), *package.glob("static/docs/*.js")]
    source = "\n".join(path.read_text() for path in sources)
    used = set(re.findall(r"\btexts\.(\w+)", source)) | set(re.findall(r'\("(\w+)", ', source))
    assert set(TEXTS) - used - {"events", "messages"} == set()
