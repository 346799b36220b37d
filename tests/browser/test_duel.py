"""Two people play a whole duel by clicking, and see what the service says they should."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from qader_sse.config import ROOT
from tests.support.browsing import Person, begin_duel, result_for
from tests.support.duel import PASSWORD
from tests.support.play import start

BANK = json.loads((ROOT / "sample" / "quantitative.json").read_text(encoding="utf-8"))
RIGHT = {row["question_text"]: row["correct_answer"] for row in BANK["questions"]}

PHONE = {"viewport": {"width": 360, "height": 700}, "is_mobile": True, "has_touch": True}


@pytest.mark.parametrize("locale", ["ar", "en"])
def test_a_whole_duel_by_clicking(person: Callable[..., Person], locale: str) -> None:
    sara, fahad = person("sara"), person("fahad")
    for one in (sara, fahad):
        one.forget_sign_in()
    hers, his = sara.tab(f"/{locale}/"), fahad.tab(f"/{locale}/")
    hers.sign_in(sara.name)
    his.sign_in(fahad.name)

    challenge_id = begin_duel(hers, his, fahad.name)
    hers.answer_all("A")
    his.answer_all("BCD")
    assert hers.result() == result_for(sara.api, challenge_id)
    assert his.result() == result_for(fahad.api, challenge_id)

    # And again: the other one gets the invite where they are.
    hers.act("rematch")
    hers.see("waiting")
    his.accept_invite()
    his.get_ready()
    his.see("question")
    hers.see("question")
    assert hers.challenge_id == his.challenge_id > challenge_id
    hers.page.go_back()  # the result before is still one's own
    assert hers.result() == result_for(sara.api, challenge_id)


def test_answers_move_the_other_players_board(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara"), person("fahad")
    hers, his = sara.tab(), fahad.tab()
    begin_duel(hers, his, fahad.name)
    his.answer("A")
    told = hers.view("question").locator(
        "[data-progress=theirs] [data-state=right], [data-progress=theirs] [data-state=wrong]"
    )
    expect(told).to_have_count(1)
    mine = his.view("question").locator("[data-score=mine]").inner_text()
    expect(hers.view("question").locator("[data-score=theirs]")).to_have_text(mine)
    expect(hers.view("question").locator("[data-countdown]")).to_have_text(
        re.compile(r"^[45]:\d\d$")
    )


def test_the_address_of_somebody_elses_duel_shows_that_there_is_none(
    person: Callable[..., Person],
) -> None:
    sara, fahad, noura = (person(name) for name in ("sara", "fahad", "noura"))
    duel = sara.api.create("quick_quant_10", fahad.name).body
    noura.tab(f"/en/#challenge-{duel['id']}").see("over")


@pytest.mark.parametrize("number", ["99999999999", "1" * 400, "0", "7/../8"])
def test_an_address_that_can_be_no_duels_shows_the_lobby(
    person: Callable[..., Person], number: str
) -> None:
    """It stood still at "Opening the duel…": the client for streams refuses such an address."""
    person("noura").tab(f"/en/#challenge-{number}").see("lobby")


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


def test_a_link_to_no_duel_of_ones_own_says_so_and_goes_on_saying_so(
    person: Callable[..., Person],
) -> None:
    """The refusal, where it was quick, used to give way to the word that the duel is being opened."""
    page = person().context.new_page()
    page.clock.install()
    page.goto("/en/#challenge-987654321")
    expect(page.locator("[data-view=over]")).to_be_visible()
    page.clock.run_for(1000)
    expect(page.locator("[data-view=over]")).to_be_visible()


def test_many_invites_leave_the_question_free(person: Callable[..., Person]) -> None:
    sara, fahad, others = person("sara"), person("fahad", **PHONE), [person() for _ in range(4)]
    his = fahad.tab()
    begin_duel(sara.tab(), his, fahad.name)
    invite = {"challenge_type": "quick_quant_10", "opponent_username": fahad.name}
    for other in others:
        assert other.api.post("/api/v1/challenges/challenges/", invite).status == 201
    expect(his.page.locator("[data-invite]")).to_have_count(4)
    assert his.page.locator("#invites").evaluate("(it) => it.clientHeight < innerHeight / 4")
    his.answer("A")


def test_what_came_of_an_answer_is_in_sight(person: Callable[..., Person]) -> None:
    """Safari does not focus the button that was pressed: nothing brought it there."""
    sara, fahad = person("sara"), person("fahad", viewport={"width": 400, "height": 400})
    his = fahad.tab()
    begin_duel(sara.tab(), his, fahad.name)
    his.page.locator("[data-option=C]").evaluate("(option) => option.click()")
    expect(his.page.locator(".verdict")).to_be_in_viewport(ratio=1)
    expect(his.page.locator("[data-action=next]")).to_be_in_viewport(ratio=1)


def test_twenty_five_answers_can_be_told_apart_on_a_phone(person: Callable[..., Person]) -> None:
    sara, fahad = person("sara", **PHONE), person("fahad")
    hers = sara.tab()
    duel = start(sara.api, fahad.api, challenge_type="speed_challenge_5min")
    hers.page.goto(f"/en/#challenge-{duel['id']}")
    dots = hers.see("question").locator(".dots li")
    widths = dots.evaluate_all("(all) => all.map((dot) => dot.offsetWidth)")
    assert len(widths) == 50
    assert min(widths) >= 8


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
