"""The result: how it ended, what was gained on each skill, the record of the two, and one way to a rematch."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from cluster.local_server import LocalServer
from tests.support.axe import SCHEMES_IN, violations
from tests.support.browsing import Person, Tab
from tests.support.http_duels import start
from tests.support.servers import MakeServer


@pytest.fixture(scope="module")
def hasty_server(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server on which the second one has two seconds, once the first one has answered everything."""
    settings = {"SECOND_PLAYER_SECONDS": "2", "START_COUNTDOWN_SECONDS": "0.1"}
    with make_server(**settings) as server:
        yield server


def answer_all(person: Person, duel: dict[str, object], seconds: float) -> None:
    for question in duel["questions"]:  # type: ignore[attr-defined]
        body = {
            "question_id": question["id"],
            "selected_answer": "A",
            "time_taken_seconds": seconds,
        }
        path = f"/api/v1/challenges/challenges/{duel['id']}/answer/"
        assert person.api.post(path, body).status == 200


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_the_end_by_time_with_skills_times_and_the_record(
    person: Callable[..., Person], hasty_server: LocalServer, locale: str
) -> None:
    sara, fahad = (
        person(name, hasty_server, reduced_motion="reduce") for name in ("sara", "fahad")
    )
    duel = start(sara.api, fahad.api, challenge_type="accuracy_challenge")
    hers, his = (one.tab(f"/{locale}/#challenge-{duel['id']}") for one in (sara, fahad))
    hers.see("question")
    answer_all(sara, duel, 12)
    for tab in (hers, his):
        expect(tab.see("result").locator("[data-ended-by=time]")).not_to_be_empty()
    view = hers.view("result")
    right = sara.api.detail(duel["id"])["user_score"]
    expect(view.locator(".record")).to_contain_text("1 : 0" if right else "0 : 0")
    counts = view.locator("[data-skill] .tally").evaluate_all(
        "all => all.map(bar => bar.children.length)"
    )
    assert sum(counts) == 15
    expect(view.locator("[data-skill] [data-right=true]")).to_have_count(right)
    expect(view.locator("#review .took")).to_have_count(15)
    expect(view.locator("#review .took").first).to_have_text("0:12")
    expect(view.locator(".gains > .hint")).to_contain_text("0:12")
    assert (
        violations(hers.page, SCHEMES_IN[locale]) + violations(his.page, SCHEMES_IN[locale]) == []
    )


def test_the_rivals_wish_for_a_rematch_is_accepted_by_the_same_button(
    person: Callable[..., Person], hasty_server: LocalServer
) -> None:
    sara, fahad = (
        person(name, hasty_server, reduced_motion="reduce") for name in ("sara", "fahad")
    )
    hers: Tab = sara.tab()
    duel = start(sara.api, fahad.api)
    hers.page.goto(f"/en/#challenge-{duel['id']}")
    hers.see("question")
    for one in (sara, fahad):
        answer_all(one, duel, 5)
    view = hers.see("result")
    expect(view.locator("[data-ended-by=answered]")).to_have_text("Everything is answered.")
    button = view.locator("[data-action=rematch]")
    expect(button).to_have_text("Rematch")
    button.focus()
    assert fahad.api.act(duel["id"], "rematch").status == 201
    expect(button).to_have_text("Accept the rematch")
    expect(button).to_be_focused()
    expect(hers.page.locator("#announcement")).to_contain_text(fahad.name)
    expect(hers.page.locator("[data-invite]")).to_have_count(0)
    assert violations(hers.page) == []
    button.click()
    hers.see("question")
    assert hers.challenge_id > duel["id"]
    assert fahad.api.act(hers.challenge_id, "leave").status == 200
    expect(hers.see("result").locator("[data-action=rematch]")).to_have_text("Rematch")
