"""The inspector shows every frame of a stream, and that a cut loses none."""

import re
from collections.abc import Callable
from random import Random

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsing import Person, events_of
from tests.support.http_duels import answer_all, start

TITLES = {"en": "Stream inspector", "ar": "فاحص البث"}
FRAMES = "#rows tr.frame[data-id]:not([data-id=''])"


def shown(page: Page) -> list[tuple[int, str]]:
    """Return the ids and types of the listed messages, oldest first."""
    rows = page.locator(FRAMES).evaluate_all(
        "rows => rows.map(({ dataset }) => [Number(dataset.id), dataset.name])"
    )
    return [(number, name) for number, name in reversed(rows)]


def total(page: Page, name: str) -> str:
    return page.locator(f"[data-total={name}]").inner_text()


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_without_a_session_the_inspector_links_to_the_sign_in(
    person: Callable[..., Person], locale: str
) -> None:
    stranger = person()
    stranger.forget_sign_in()
    page = stranger.context.new_page()
    page.goto(f"/{locale}/inspect/")
    expect(page.locator("h1")).to_have_text(TITLES[locale])
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if locale == "ar" else "ltr")
    page.locator("#sign-in-first a").click()
    expect(page).to_have_url(re.compile(f"/{locale}/$"))


def test_every_frame_is_shown_and_a_cut_loses_none(person: Callable[..., Person]) -> None:
    noura, khalid = person("noura"), person("khalid")
    duel = start(noura.api, khalid.api)
    page = noura.context.new_page()
    page.goto(f"/en/inspect/#{duel['id']}")
    expect(page.locator("#status")).to_have_attribute("data-status", "open")
    expect(page.locator(FRAMES)).to_have_count(1)

    first, second = duel["questions"][:2]
    noura.api.answer(duel["id"], first["id"], "A")
    expect(page.locator(FRAMES)).to_have_count(3)

    page.click("#cut")
    khalid.api.answer(duel["id"], first["id"], "B")
    expect(page.locator("#rows tr.lost")).to_have_count(1)
    expect(page.locator("#rows tr.back")).to_have_count(1)
    khalid.api.answer(duel["id"], second["id"], "B")
    events = events_of(noura.api, duel["id"])
    expected = [(event["id"], event["type"]) for event in events]
    snapshot = 1 + [name for _, name in expected].index("challenge.start")
    expected = [(snapshot, "challenge.update"), *expected[snapshot:]]
    expect(page.locator(FRAMES)).to_have_count(len(expected))
    assert shown(page) == expected
    assert (total(page, "gaps"), total(page, "repeats")) == ("0", "0")
    assert total(page, "reconnects") == "1"
    assert total(page, "last_id") == str(events[-1]["id"])
    expect(page.locator("[data-total=heartbeats]")).not_to_have_text("0")

    newest = page.locator(FRAMES).first
    newest.locator("summary").click()
    expect(newest.locator("pre")).to_contain_text(f'"type": "{events[-1]["type"]}"')


def test_notifications_can_be_paused_cleared_and_stopped(person: Callable[..., Person]) -> None:
    noura, khalid = person("noura"), person("khalid")
    page = noura.context.new_page()
    page.goto("/ar/inspect/")
    expect(page.locator("#status")).to_have_attribute("data-status", "open")
    page.click("#pause")
    khalid.api.create("quick_quant_10", noura.name)
    expect(page.locator("#list-note")).not_to_be_empty()
    expect(page.locator(FRAMES)).to_have_count(0)
    page.click("#pause")
    expect(page.locator(FRAMES).first).to_have_attribute("data-name", "new_challenge_invite")

    page.get_by_role("button", name="مسح القائمة").click()
    expect(page.locator(FRAMES)).to_have_count(0)
    page.click("#stop")
    expect(page.locator("#status")).to_have_attribute("data-status", "closed")
    expect(page.locator("#cut")).to_be_disabled()
    page.click("#stop")
    expect(page.locator("#status")).to_have_attribute("data-status", "open")


def test_only_ones_own_challenges_can_be_chosen(person: Callable[..., Person]) -> None:
    noura, khalid, stranger = person("noura"), person("khalid"), person("stranger")
    own = start(noura.api, khalid.api)
    other = start(khalid.api, stranger.api)
    answer_all((noura.api, khalid.api), own, Random(1))
    page = noura.context.new_page()
    page.goto("/en/inspect/")
    options = page.locator("#stream option")
    expect(options).to_have_count(2)
    assert options.evaluate_all("all => all.map(({ value }) => value)") == [
        "notifications",
        str(own["id"]),
    ]
    page.select_option("#stream", str(own["id"]))
    expect(page.locator(FRAMES).first).to_have_attribute("data-name", "challenge.update")
    page.goto(f"/en/inspect/#{other['id']}")  # somebody else's challenge
    expect(page.locator("#stream")).to_have_value("notifications")
