"""What phones and previews of links need: a manifest, icons, a title and a picture."""

import struct
from contextlib import closing
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.domain.i18n import LOCALES


class Head(HTMLParser):
    """The metadata and the links of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self.meta[found.get("property", found.get("name", ""))] = found.get("content", "")
        elif tag == "link":
            self.links[found["rel"]] = found["href"]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def size_of(client: FlaskClient, address: str) -> tuple[int, int]:
    with closing(client.get(address)) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/png")
        width, height = struct.unpack(">II", answer.data[16:24])
    return width, height


@pytest.mark.parametrize("locale", LOCALES)
def test_a_preview_of_the_link_has_a_title_and_a_picture(client: FlaskClient, locale: str) -> None:
    meta = Head(client.get(f"/{locale}/").text).meta
    assert meta["og:title"] == {"en": "Qader duels", "ar": "مبارزات قادر"}[locale]
    assert meta["og:description"]
    assert size_of(client, meta["og:image"]) == (1200, 630)
    assert meta["og:image"].startswith("http://localhost/")


@pytest.mark.parametrize("locale", LOCALES)
def test_a_phone_can_put_the_app_on_its_home_screen(client: FlaskClient, locale: str) -> None:
    page = client.get(f"/{locale}/")
    links = Head(page.text).links
    assert "manifest-src 'self'" in page.headers["Content-Security-Policy"]
    manifest = client.get(links["manifest"])
    assert manifest.mimetype == "application/manifest+json"
    assert manifest.get_json()["start_url"] == f"/{locale}/"
    assert manifest.get_json()["lang"] == locale
    icons = {icon["sizes"]: icon for icon in manifest.get_json()["icons"]}
    for icon in manifest.get_json()["icons"]:
        assert "{}x{}".format(*size_of(client, icon["src"])) == icon["sizes"]
    assert set(icons) == {"192x192", "512x512"}
    assert "maskable" in [icon["purpose"] for icon in manifest.get_json()["icons"]]
    assert size_of(client, links["apple-touch-icon"]) == (180, 180)
