"""One id follows a request; clients cannot choose it, trusted proxies can."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qader_sse.request_ids import current
from qader_sse.service import Service
from qader_sse.web.own_host import FROM_PROXY
from tests.support.causes import causes
from tests.support.duel import CHALLENGES

AsUser = Callable[[str], FlaskClient]
SENT = "7d1c0e7a-59a9-4c8e-9d5f-0c6f2f6c1f11"


def invite(noura: FlaskClient, sent: str, *, from_proxy: bool) -> int:
    answer = noura.post(
        CHALLENGES,
        json={"opponent_username": "khalid", "challenge_type": "quick_quant_10"},
        headers={"X-Request-ID": sent},
        environ_overrides={FROM_PROXY: from_proxy},
    )
    assert answer.status_code == 201
    found: int = answer.get_json()["id"]
    return found


def test_the_id_of_a_trusted_proxy_reaches_the_event(service: Service, noura: FlaskClient) -> None:
    challenge_id = invite(noura, SENT, from_proxy=True)
    assert {cause for _, cause in causes(service, challenge_id)} == {SENT}


def test_a_client_cannot_choose_the_id(service: Service, noura: FlaskClient) -> None:
    challenge_id = invite(noura, SENT, from_proxy=False)
    (cause,) = {cause for _, cause in causes(service, challenge_id)}
    assert cause != SENT
    assert len(cause or "") == 16


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "x" * 15,
        "x" * 65,
        f"{SENT} status=200",
        f"{SENT}\x1b[2J",
        f'{SENT}"',
        f"{SENT},{SENT}",  # sent twice, and joined by gunicorn
        "٣" * 20,
    ],
)
def test_what_cannot_stand_in_a_line_or_names_nothing_is_replaced(
    service: Service, noura: FlaskClient, sent: str
) -> None:
    challenge_id = invite(noura, sent, from_proxy=True)
    (cause,) = {cause for _, cause in causes(service, challenge_id)}
    assert cause != sent
    assert len(cause or "") == 16


def test_the_next_request_and_what_comes_between_have_not_the_same(
    service: Service, noura: FlaskClient, as_user: AsUser
) -> None:
    challenge_id = invite(noura, SENT, from_proxy=True)
    assert as_user("khalid").post(f"{CHALLENGES}{challenge_id}/accept/").status_code == 200
    assert current.get() is None
    first, *_, last = causes(service, challenge_id)
    assert first[1] == SENT
    assert last[1] != SENT
