"""The lines in JavaScript of the README, in a page of the service."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.support.browsing import Person
from tests.support.duel import CHALLENGES
from tests.support.examples import examples

PLAIN, CLIENT = (example.text for example in examples("js", "README.md"))


@pytest.fixture
def host(person: Callable[..., Person]) -> Person:
    return person("noura", bypass_csp=True)  # the lines are run as a script within the page


@pytest.fixture
def challenge_id(host: Person, person: Callable[..., Person]) -> int:
    invite = {"challenge_type": "quick_quant_10", "opponent_username": person("khalid").name}
    created: int = host.api.post(CHALLENGES, invite).body["id"]
    return created


def page_with(host: Person, challenge_id: int, lines: str) -> Page:
    page = host.context.new_page()
    page.goto("/openapi/openapi.json")  # without the app's own streams
    assert "/sse/challenges/7/" in lines
    here = lines.replace("challenges/7/", f"challenges/{challenge_id}/")
    page.evaluate("window.seen = []")
    page.add_script_tag(type="module", content=here)
    return page


def test_an_event_source_gets_the_messages(host: Person, challenge_id: int) -> None:
    lines = PLAIN.replace("(data);", "(data); window.seen.push({ type, payload });")
    assert lines != PLAIN
    page = page_with(host, challenge_id, lines)
    page.wait_for_function("seen.length === 1")
    host.api.post(f"{CHALLENGES}{challenge_id}/ready/", {})
    page.wait_for_function("seen.length === 2")
    assert page.evaluate("seen[0].payload.id") == challenge_id
    assert page.evaluate("seen.map(({ type }) => type)") == [
        "challenge.update",
        "participant.update",
    ]


def test_the_client_gets_the_messages(host: Person, challenge_id: int) -> None:
    lines = CLIENT.replace("=> {}", "=> window.seen.push({ type, payload })")
    assert lines != CLIENT
    page = page_with(host, challenge_id, lines)
    page.wait_for_function("seen.length === 1")
    assert page.evaluate("seen[0].type") == "challenge.update"
    assert page.evaluate("seen[0].payload.id") == challenge_id
