"""The pages at /account/ and /reset/, in a real browser: names, colours, a new password, and sessions."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from cluster.local_server import LocalServer
from tests.support.axe import violations
from tests.support.browsing import Person
from tests.support.duel import PASSWORD

NEW, NEWEST = "another-camel-9", "third-camel-11"


def test_a_person_changes_the_password_ends_sessions_and_resets_it(
    person: Callable[..., Person], server: LocalServer
) -> None:
    noura = person("noura")
    login = {"username": noura.name, "password": PASSWORD}
    assert person("khalid").api.post("/api/v1/auth/login/", login).status == 200
    page = noura.context.new_page()
    page.goto("/en/account/")
    rows = page.locator("#sessions li")
    expect(rows).to_have_count(2)
    page.locator("[name=old_password]").fill("wrong-camel-1")
    page.locator("[name=new_password]").fill(NEW)
    page.locator("#password button.main").click()
    expect(page.locator("#password-old_password-problem")).to_have_text(
        "This is not your present password."
    )
    page.locator("[name=old_password]").fill(PASSWORD)
    page.locator("#password button.main").click()
    expect(page.locator("#password [role=status]")).to_contain_text("Your password is changed.")
    expect(rows).to_have_count(1)

    link = server.flask("users", "reset-link", noura.name).strip()
    page.goto(f"/ar{link}")
    page.locator("[name=new_password]").fill(NEWEST)
    page.locator("#password button.main").click()
    expect(page.locator("#password [role=status]")).to_contain_text("كلمة مرورك الجديدة")
    assert noura.api.get("/api/v1/users/me/").status == 401
    login["password"] = NEWEST
    assert noura.api.post("/api/v1/auth/login/", login).status == 200


def test_a_person_changes_their_names_and_signs_out_everywhere(
    person: Callable[..., Person],
) -> None:
    noura = person("noura", reduced_motion="reduce")  # axe would judge colours in transition
    page = noura.context.new_page()
    page.goto("/en/account/")
    names = page.locator("#names")
    name = names.get_by_label("Name that others see")
    name.fill("S" + "\u0301" * 9)
    names.locator("button.main").click()
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(re.compile("at most two on each"))
    name.fill("نورة")
    names.get_by_label("Grade").fill("11")
    names.locator("button.main").click()
    expect(names.get_by_role("status")).to_have_text("Saved.")
    expect(page.locator("#profile .shown-name")).to_have_text("نورة")
    assert noura.api.get("/api/v1/users/me/").body["grade"] == "11"
    assert violations(page) == []
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("header .account")).to_have_text("نورة")
    assert violations(page) == []
    page.locator("#end-all").click()
    expect(page.locator("#credentials")).to_be_visible()
    assert noura.api.get("/api/v1/users/me/").status == 401


BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(246, 244, 238)", "rgb(19, 20, 29)"


def test_the_colours_that_were_chosen_are_there_from_the_first_byte(
    person: Callable[..., Person],
) -> None:
    noura = person("noura", color_scheme="light")
    page = noura.context.new_page()
    page.goto("/en/account/")
    assert page.evaluate(BACKGROUND) == LIGHT
    page.get_by_label("Dark").check()
    expect(page.locator("body")).to_have_css("background-color", DARK)
    other = noura.context.new_page()
    other.goto("/en/")
    assert other.evaluate(BACKGROUND) == DARK
    expect(other.locator("meta[name=color-scheme]")).to_have_attribute("content", "dark")
    page.get_by_label("As the device has them").check()
    expect(other.locator("body")).to_have_css("background-color", LIGHT)
    other.reload()
    assert other.evaluate(BACKGROUND) == LIGHT
    page.get_by_label("Light", exact=True).check()
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert page.evaluate(BACKGROUND) == LIGHT


def test_sounds_are_switched_on_for_all_tabs_and_a_refused_notification_goes_back(
    person: Callable[..., Person],
) -> None:
    noura = person("noura")
    # Whatever is not granted so is refused, and nobody is asked.
    noura.context.grant_permissions(["clipboard-read"], origin=noura.base_url)
    account, lobby = noura.context.new_page(), noura.tab()
    account.goto("/en/account/")
    account.get_by_label("Sounds and vibration").check()
    expect(lobby.page.locator("[data-view=lobby] [data-preference=sound]")).to_be_checked()
    account.get_by_label("Notifications while").click()
    expect(account.locator("#alerts-problem")).to_contain_text("does not allow notifications")
    expect(account.get_by_label("Notifications while")).not_to_be_checked()
