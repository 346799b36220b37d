"""Signing in and registering."""

import json
import re
from collections.abc import Callable

from playwright.sync_api import expect

from qader_sse.installation import ROOT
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
    view = tab.see("sign-in").locator("#credentials")
    view.locator("[name=username]").fill(fahad.name)
    view.locator("[name=password]").fill(PASSWORD)
    tab.act("sign-in", view)
    assert tab.result() == result_for(fahad.api, duel["id"])


def test_each_error_of_a_registration_is_said_at_its_field(person: Callable[..., Person]) -> None:
    stranger = person()
    stranger.forget_sign_in()
    tab = stranger.tab()
    tab.see("sign-in").locator("#credentials [name=username]").fill("two words")
    tab.act("to-registration")
    form = tab.page.locator("#registration")
    name, password = (form.locator(f"[name={field}]") for field in ("username", "password"))
    expect(name).to_have_value("two words")
    expect(name).to_have_accessible_description(re.compile("without spaces"))
    password.fill("short")
    tab.act("register", form)
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(re.compile("contains characters"))
    expect(password).to_have_accessible_description(re.compile("must have at least 8"))
    expect(form.locator("[role=alert]")).to_be_empty()
    name.fill(stranger.name)
    password.fill("long enough")
    tab.act("register", form)
    expect(name).to_have_accessible_description(re.compile("already exists"))
    expect(password).to_have_attribute("aria-describedby", re.compile("hint"))
    expect(password).not_to_have_attribute("aria-invalid", "true")
    name.fill(f"{stranger.name}-new")
    form.locator("[name=preferred_name]").fill("نوف")
    tab.act("register", form)
    tab.see("lobby")
    expect(tab.page.locator("#me bdi")).to_have_text("نوف")


def test_a_password_can_be_shown_and_is_hidden_again_when_it_is_sent(
    person: Callable[..., Person],
) -> None:
    stranger = person()
    stranger.forget_sign_in()
    tab = stranger.tab()
    form = tab.see("sign-in").locator("#credentials")
    password = form.locator("[name=password]")
    expect(password).to_have_attribute("autocomplete", "current-password")
    password.fill("wrong-camel-1")
    form.get_by_role("button", name="Show the password").click()
    expect(password).to_have_attribute("type", "text")
    form.locator("[name=username]").fill(stranger.name)
    tab.act("sign-in", form)
    expect(form.get_by_role("alert")).to_have_text("Wrong username or password.")
    expect(password).to_have_attribute("type", "password")
    tab.act("to-registration")
    new = tab.page.locator("#registration [name=password]")
    expect(new).to_have_attribute("autocomplete", "new-password")


def test_who_is_signed_out_elsewhere_is_told_so_without_alarm(
    person: Callable[..., Person],
) -> None:
    noura = person("noura")
    tab = noura.tab()
    tab.see("lobby")
    assert noura.api.post("/api/v1/auth/logout/").status == 204
    note = tab.see("sign-in").get_by_role("status").filter(has_text="signed out")
    expect(note).to_be_visible()
    expect(tab.view("sign-in").locator(".problem:visible")).to_have_count(0)
