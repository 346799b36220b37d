"""The pages at /account/ and /reset/, in a real browser: a new password, and sessions."""

from collections.abc import Callable

from playwright.sync_api import expect

from cluster.local_server import LocalServer
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
    page.locator("form button").click()
    expect(page.locator("form .problem")).to_have_text("This is not your present password.")
    page.locator("[name=old_password]").fill(PASSWORD)
    page.locator("form button").click()
    expect(page.locator("form [role=status]")).to_contain_text("Your password is changed.")
    expect(rows).to_have_count(1)

    link = server.flask("users", "reset-link", noura.name).strip()
    page.goto(f"/ar{link}")
    page.locator("[name=new_password]").fill(NEWEST)
    page.locator("form button").click()
    expect(page.locator("form [role=status]")).to_contain_text("كلمة مرورك الجديدة")
    assert noura.api.get("/api/v1/users/me/").status == 401
    login["password"] = NEWEST
    assert noura.api.post("/api/v1/auth/login/", login).status == 200
