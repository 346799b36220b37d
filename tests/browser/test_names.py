"""The longest name there may be leaves every view of a phone as wide as the phone."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browsing import Person, Tab

# With the number that makes it one of its own, just short of the 150 characters of a name.
LONG = "ضصثقفغعهخحجدشسيبلاتنمكطظ" * 6
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


# What is cut off with an ellipsis reaches further without being seen.
OUTSIDE = """
    [...document.querySelectorAll("body *:not(.visually-hidden, .first-line *, bdi)")].filter((node) => {
        const { left, right } = node.getBoundingClientRect();
        return left < 0 || right > 360;
    }).map((node) => node.outerHTML.slice(0, 200))
"""


def assert_fits(tab: Tab) -> None:
    assert tab.page.evaluate(OUTSIDE) == []


def test_a_long_name_does_not_widen_the_page(person: Callable[..., Person]) -> None:
    fahad, long = person("fahad", **PHONE), person(LONG)
    his, theirs = fahad.tab("/en/"), long.tab("/ar/")
    his.see("lobby")
    theirs.invite(fahad.name)
    expect(his.page.locator("[data-invite]")).to_be_visible()
    assert_fits(his)
    his.act("decline", his.page.locator("[data-invite]"))

    his.invite(long.name)
    assert_fits(his)
    his.act("lobby", his.page.locator(".top"))
    his.see("lobby")
    theirs.accept_invite()
    expect(his.page.locator("#toast a")).to_be_visible()
    assert_fits(his)
    his.page.locator("#toast a").click()
    for tab in (his, theirs):
        tab.get_ready()
    his.see("question")
    his.answer_all("A")
    expect(his.page.locator(".done")).to_be_visible()
    assert_fits(his)
    theirs.answer_all("B")
    his.see("result")
    assert_fits(his)
