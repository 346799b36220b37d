"""axe finds no violation on any view: in English in light colours, in Arabic in dark ones."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.axe import SCHEMES_IN, violations
from tests.support.browsing import Person, begin_duel


@pytest.mark.parametrize("locale", ["en", "ar"])
@pytest.mark.timeout(150)
def test_every_view_is_without_violations(person: Callable[..., Person], locale: str) -> None:
    # Without animations, since axe would judge colours in the middle of a transition.
    sara, fahad, stranger = (
        person(name, reduced_motion="reduce") for name in ("sara", "fahad", "stranger")
    )
    stranger.forget_sign_in()
    schemes = SCHEMES_IN[locale]
    found = {}
    theirs = stranger.tab(f"/{locale}/")
    theirs.see("sign-in")
    found["sign-in"] = violations(theirs.page, schemes)
    theirs.act("to-registration")
    theirs.act("register", theirs.page.locator("#registration"))
    expect(theirs.page.locator("#registration [aria-invalid=true]")).to_have_count(2)
    found["registration, refused"] = violations(theirs.page, schemes)
    theirs.page.goto(f"/{locale}/inspect/")
    found["inspector, not signed in"] = violations(theirs.page, schemes)
    theirs.page.goto(f"/{locale}/nowhere")
    expect(theirs.page.locator("header a")).to_have_attribute("href", f"/{locale}/")
    found["error"] = violations(theirs.page, schemes)

    hers, his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
    hers.see("lobby")
    expect(hers.page.locator("[data-online]").first).to_be_visible()
    found["lobby"] = violations(hers.page, schemes)
    hers.invite(fahad.name)
    found["waiting"] = violations(hers.page, schemes)
    expect(his.page.locator("[data-invite]")).to_be_visible()
    found["invited"] = violations(his.page, schemes)
    hers.act("cancel")
    hers.see("over")
    found["over"] = violations(hers.page, schemes)
    hers.act("lobby")

    begin_duel(hers, his, fahad.name)
    found["question"] = violations(hers.page, schemes)
    hers.answer("A")
    found["question, answered"] = violations(hers.page, schemes)
    hers.act("next")
    hers.page.goto(f"/{locale}/inspect/#{his.challenge_id}")
    expect(hers.page.locator("#status")).to_have_attribute("data-status", "open")
    hers.page.click("#cut")
    expect(hers.page.locator("tr.back")).to_be_visible()
    found["inspector"] = violations(hers.page, schemes)
    hers.page.goto(his.page.url)
    hers.answer_all()
    found["finished first"] = violations(hers.page, schemes)
    his.answer_all()
    his.see("result")
    found["result"] = violations(his.page, schemes)
    problems = [f"{view}: {problem}" for view, list_ in found.items() for problem in list_]
    assert not problems, "\n".join(problems)
