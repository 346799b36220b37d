"""Signing in and registering."""

import json
from collections.abc import Callable

from playwright.sync_api import expect

from qader_sse.config import ROOT
from tests.support.browsing import Person, result_for
from tests.support.duel import PASSWORD
from tests.support.http_duels import start

BANK = json.loads((ROOT / "sample" / "quantitative.json").read_text(encoding="utf-8"))
RIGHT = {row["question_text"]: row["correct_answer"] for row in BANK["questions"]}


def test_the_next_person_to_sign_in_sees_the_result_from_their_own_side(
    person: Callable[..., Person],
) -> None:
    """The first person's outcome once stayed on the page, since the challenge had not changed."""
    sara, fahad = person("sara"), person("fahad")
    duel = start(sara.api, fahad.api)
    for question in duel["questions"]:
        right = RIGHT[question["question_text"]]
        assert sara.api.answer(duel["id"], question["id"], right).body["is_correct"]
        wrong = "A" if right == "B" else "B"
        assert not fahad.api.answer(duel["id"], question["id"], wrong).body["is_correct"]
    tab = sara.tab(f"/en/#challenge-{duel['id']}")
    assert tab.result()["outcome"] == "won"
    tab.page.locator("[data-action=sign-out]").click()
    view = tab.see("sign-in")
    view.locator("[name=username]").fill(fahad.name)
    view.locator("[name=password]").fill(PASSWORD)
    tab.act("sign-in", view)
    assert tab.result() == result_for(fahad.api, duel["id"])


def test_a_refused_registration_focuses_the_field_that_is_wrong(
    person: Callable[..., Person],
) -> None:
    """The message alone does not name the field that is too short or too long."""
    stranger = person()
    stranger.forget_sign_in()
    tab = stranger.tab()
    view = tab.see("sign-in")
    name, password = (view.locator(f"[name={field}]") for field in ("username", "password"))
    name.fill("somebody-new")
    password.fill("short")
    tab.act("register", view)
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_be_focused()
    name.fill(stranger.name)
    password.fill("long enough")
    tab.act("register", view)
    expect(name).to_be_focused()
    expect(password).not_to_have_attribute("aria-invalid", "true")
