"""The user as whom the tests of bad requests act."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qader_sse.service import Service
from tests.support.duel import started_duel


@pytest.fixture
def noura(
    service: Service, people: dict[str, int], as_user: Callable[[str], FlaskClient]
) -> FlaskClient:
    """The browser of noura, whose running duel is the only challenge."""
    started_duel(service, people["noura"], "khalid")
    return as_user("noura")
