"""Changing one's own names and grade: `PATCH users/me`."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from qader_sse.service import Service
from tests.support.duel import CHALLENGES
from tests.support.tables import unchanged

AsUser = Callable[[str], FlaskClient]
ME = "/api/v1/users/me/"


@pytest.mark.claim("A22")
def test_names_change_as_given_and_what_is_left_out_stays(as_user: AsUser) -> None:
    noura = as_user("noura")
    before = noura.get(ME).get_json()
    names = {"full_name": "نورة بنت سعد", "preferred_name": " نورة ", "grade": "11"}
    after = noura.patch(ME, json=names).get_json()
    assert after == noura.get(ME).get_json() == {**before, **names, "preferred_name": "نورة"}
    assert noura.patch(ME, json={"grade": "12"}).get_json() == {**after, "grade": "12"}
    assert as_user("khalid").get(ME).get_json()["full_name"] != names["full_name"]


@pytest.mark.claim("A22")
@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_a_name_can_be_taken_back(as_user: AsUser, nothing: str | None) -> None:
    noura = as_user("noura")
    noura.patch(ME, json={"full_name": "Noura", "preferred_name": "N", "grade": "11"})
    taken_back = dict.fromkeys(("full_name", "preferred_name", "grade"), nothing)
    user = noura.patch(ME, json=taken_back).get_json()
    found = [user[name] for name in ("full_name", "preferred_name", "grade")]
    assert found == ["noura", None, None]


@pytest.mark.claim("A22")
@pytest.mark.parametrize(
    "wrong",
    [
        {"full_name": "bell\x07"},
        {"preferred_name": "Sara\u200b"},
        {"preferred_name": "turned\u202e"},
        {"preferred_name": "S" + "\u0301" * 9},
        {"preferred_name": "x" * 151},
        {"grade": "1" * 51},
        {"grade": 11},
        {"full_name": ["Noura"]},
        {"listed_online": "no"},
        {"username": "somebody"},
        {"email": "noura@example.com"},
        {"id": 1},
    ],
)
def test_bad_input_is_refused_at_its_field_and_changes_nothing(
    as_user: AsUser, service: Service, wrong: dict[str, Any]
) -> None:
    noura = as_user("noura")
    with unchanged(service):
        answer = noura.patch(ME, json={"full_name": "Good", "listed_online": False, **wrong})
    assert answer.status_code == 400
    assert list(answer.get_json()) == list(wrong)


@pytest.mark.claim("A22")
def test_new_names_are_shown_as_the_former_ones_were(as_user: AsUser, service: Service) -> None:
    """Who has not agreed to play learns no full name, however it came to be."""
    noura, khalid = as_user("noura"), as_user("khalid")
    khalid.patch(ME, json={"full_name": "Khalid Saad", "preferred_name": "K"})
    invite = {"challenge_type": "quick_quant_10", "opponent_username": "khalid"}
    opponent = noura.post(CHALLENGES, json=invite).get_json()["opponent"]
    assert (opponent["full_name"], opponent["preferred_name"]) == (None, "K")
