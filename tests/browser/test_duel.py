"""Two people play a whole duel by clicking, and see the same result as the REST interface has."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browsing import Person, begin_duel, result_for
from tests.support.http_duels import start


def test_a_whole_duel_by_clicking(person: Callable[..., Person]) -> None:
    """In Arabic; tests/browser/test_coming_back.py has whole duels in English."""
    sara, fahad = person("sara"), person("fahad")
    for one in (sara, fahad):
        one.forget_sign_in()
    hers, his = sara.tab("/ar/"), fahad.tab("/ar/")
    hers.sign_in(sara.name)
    his.sign_in(fahad.name)

    challenge_id = begin_duel(hers, his, fahad.name)
    hers.answer_all("A")
    his.answer_all("BCD")
    assert hers.result() == result_for(sara.api, challenge_id)
    assert his.result() == result_for(fahad.api, challenge_id)

    # A rematch: the same button of the other one accepts it.
    hers.act("rematch")
    hers.see("waiting")
    his.act("rematch")
    his.see("question")
    hers.see("question")
    assert hers.challenge_id == his.challenge_id > challenge_id
    hers.page.go_back()  # the earlier result, as this person sees it
    assert hers.result() == result_for(sara.api, challenge_id)


def test_an_answer_updates_the_opponents_progress_and_score(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers, his = sara.tab(), fahad.tab()
    challenge_id = begin_duel(hers, his, fahad.name)
    his.answer("A")
    marked = hers.view("question").locator(
        "[data-progress=theirs] [data-state=right], [data-progress=theirs] [data-state=wrong]"
    )
    expect(marked).to_have_count(1)
    score = str(fahad.api.detail(challenge_id)["user_score"])
    for tab, whose in ((his, "mine"), (hers, "theirs")):
        expect(tab.view("question").locator(f"[data-score={whose}]")).to_have_text(score)
    expect(hers.view("question").locator("[data-countdown]")).to_have_text(
        re.compile(r"^[45]:\d\d$")
    )


def test_the_clock_appears_when_the_other_one_has_answered_everything(
    person: Callable[..., Person],
) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers = sara.tab()
    duel = start(sara.api, fahad.api, challenge_type="accuracy_challenge")
    hers.page.goto(f"/en/#challenge-{duel['id']}")
    clock = hers.see("question").locator("[data-countdown]")
    expect(clock).to_have_text("∞")
    for question in duel["questions"]:
        assert fahad.api.answer(duel["id"], question["id"], "A").status == 200
    expect(clock).to_contain_text("14:")
    expect(hers.page.locator("#warning")).to_contain_text(fahad.name)
    # The ring begins full, as it does where a duel has a time limit.
    left = hers.page.locator(".time").evaluate("(ring) => ring.style.getPropertyValue('--left')")
    assert 0.9 < float(left) <= 1
