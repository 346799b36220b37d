"""Two students with phones, told nothing, come from the address to the first question."""

from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from cluster.local_server import LocalServer
from tests.support.duel import PASSWORD

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 640},
    "has_touch": True,
    "is_mobile": True,
}
MOST_TAPS = 4
_numbers = count(1)


class Student:
    """Taps what is seen, and types nothing but a name and a password."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, what: Locator) -> None:
        what.tap()
        self.taps += 1

    def tap_action(self, action: str) -> None:
        self.tap(self.page.locator(f"[data-view]:visible [data-action={action}]:visible"))

    def register(self, name: str) -> None:
        self.page.goto("/")
        self.tap_action("to-registration")
        expect(self.page.locator("#registration [name=username]")).to_be_focused()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Tab")  # "next" on the keyboard of a phone
        self.page.keyboard.type(PASSWORD)
        self.tap_action("register")

    def play_now(self) -> None:
        button = self.page.locator("[data-action=search]")
        expect(button).to_be_in_viewport(ratio=1)
        self.tap(button)


@pytest.mark.parametrize("language", ["ar-SA", "en-GB"])
def test_four_taps_lead_from_the_address_to_the_first_question(
    chromium: Browser, server: LocalServer, language: str
) -> None:
    context = {**PHONE, "base_url": server.base_url, "locale": language}
    with chromium.new_context(**context) as hers, chromium.new_context(**context) as his:
        students = [Student(context.new_page()) for context in (hers, his)]
        for student in students:
            student.register(f"student{next(_numbers)}-{language}")
            student.play_now()
        for student in students:
            options = student.page.locator("[data-view=question] [data-option]")
            expect(options.first).to_be_in_viewport()
            assert student.taps <= MOST_TAPS
        options.first.tap()
