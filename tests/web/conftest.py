"""The users as whom tests send requests."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from tests.conftest import dispose, make_settings
from tests.support.duel import started_duel


@pytest.fixture
def noura(
    service: Service, people: dict[str, int], as_user: Callable[[str], FlaskClient]
) -> FlaskClient:
    """The browser of noura, whose running duel is the only challenge."""
    started_duel(service, people["noura"], "khalid")
    return as_user("noura")


@pytest.fixture
def three_duels(service: Service, people: dict[str, int]) -> list[Challenge]:
    """Noura's with khalid, the stranger's with khalid, and noura's with the stranger."""
    pairs = [("noura", "khalid"), ("stranger", "khalid"), ("noura", "stranger")]
    return [started_duel(service, people[first], second) for first, second in pairs]


@pytest.fixture
def browser(as_user: Callable[[str], FlaskClient], three_duels: list[Challenge]) -> FlaskClient:
    """The browser of noura, who plays the first and the third of three duels."""
    return as_user("noura")


@pytest.fixture
def browser_in_an_outage(as_user: Callable[[str], FlaskClient]) -> Iterator[FlaskClient]:
    """The browser of a signed-in user during an outage of the database."""
    cookie = as_user("noura").get_cookie("sessionid")
    assert cookie
    app = create_app(make_settings("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    browser = app.test_client()
    browser.set_cookie("sessionid", cookie.value)
    yield browser
    dispose(app)
