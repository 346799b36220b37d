"""Signing in, and who one is afterwards."""

import json
from collections.abc import Callable

from playwright.sync_api import expect

from qader_sse.config import ROOT
from tests.support.browsing import Person, result_for
from tests.support.duel import PASSWORD
from tests.support.http_duels import start

BANK = json.loads((ROOT / "sample" / "quantitative.json").read_text(encoding="utf-8"))
RIGHT = {row["question_text"]: row["correct_answer"] for row in BANK["questions"]}


def test_who_signs_in_after_the_other_sees_the_result_as_their_own(
    person: Callable[..., Person],
) -> None:
    """The outcome of the first stayed: it is painted anew only when its data is another."""
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


def test_a_refused_account_leads_to_the_field_it_is_about(person: Callable[..., Person]) -> None:
    """What is too short, or too long, the message alone does not tell."""
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
