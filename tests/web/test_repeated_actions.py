"""Actions that are sent once more, because an answer was lost, change nothing and are no errors."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qader_sse.service import Service
from tests.support.duel import CHALLENGES
from tests.support.tables import unchanged


@pytest.mark.claim("R18")
@pytest.mark.parametrize(
    ("name", "action"), [("khalid", "accept"), ("khalid", "decline"), ("noura", "cancel")]
)
def test_the_second_answer_is_the_first_one(
    service: Service,
    people: dict[str, int],
    as_user: Callable[[str], FlaskClient],
    name: str,
    action: str,
) -> None:
    invite = service.challenges.invite(people["noura"], "quick_quant_10", "khalid", service.clock())
    client, address = as_user(name), f"{CHALLENGES}{invite.id}/{action}/"
    first = client.post(address)
    with unchanged(service):
        again = client.post(address)
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert first.status_code == 200
