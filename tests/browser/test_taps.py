"""A double tap does what one tap does, and what one taps on does not move."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import pytest

from tests.support.browsing import Person, Tab, expect_steady
from tests.support.http_duels import start

DOUBLE_TAPS = 100
STEADY_MS = 400
PRESSED_PX = 1.5  # a pressed button sinks by one
TOUCH = {"has_touch": True, "is_mobile": True}
SCREENS: list[dict[str, Any]] = [
    {"viewport": {"width": 360, "height": 640}, **TOUCH},
    {"viewport": {"width": 844, "height": 390}, **TOUCH},
    {"viewport": {"width": 768, "height": 1024}, **TOUCH},
    {"viewport": {"width": 1280, "height": 720}},
]
# Notes when presses come down, and all places at which the first one's target is in the time after it.
WATCH = """(steadyMs) => {
    window.taps = { presses: [], places: [] };
    addEventListener("pointerdown", ({ target, timeStamp }) => {
        const option = target.closest("[data-option]")?.dataset.option;
        if (taps.presses.push(timeStamp) > 1) return;
        (function look() {
            const pressed = document.querySelector(option ? `[data-option=${option}]` : "#below button");
            if (pressed) taps.places.push([pressed.getBoundingClientRect().x, pressed.getBoundingClientRect().y]);
            if (performance.now() < timeStamp + steadyMs) requestAnimationFrame(look);
        })();
    }, true);
}"""
SEEN = """() => {
    const { presses: [first, second], places } = taps;
    Object.assign(taps, { presses: [], places: [] });
    return { gap: second - first, places };
}"""


class Finger:
    """Somebody who taps at a place, whatever is there: it waits for nothing."""

    def __init__(self, person: Person, locale: str, screen: dict[str, Any], duel: int) -> None:
        self.page = person.tab(f"/{locale}/#challenge-{duel}").page
        Tab(self.page).see("question")
        self.page.evaluate(WATCH, STEADY_MS)
        self.touches = "has_touch" in screen
        self.at = (0.0, 0.0)

    def aim(self, selector: str) -> None:
        part = self.page.locator(selector)
        expect_steady(part)
        part.evaluate("(part) => part.scrollIntoView({ block: 'center' })")
        box = part.bounding_box()
        assert box
        self.at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def tap(self) -> None:
        (self.page.touchscreen.tap if self.touches else self.page.mouse.click)(*self.at)

    def what_shows(self) -> tuple[int, list[bool]]:
        """Return the index of the question that is shown, and which ones are open."""
        shown = self.page.locator("[data-question-number]").get_attribute("data-question-number")
        marks = self.page.locator("[data-progress=mine] li")
        is_open = marks.evaluate_all("(all) => all.map((mark) => mark.dataset.state === 'open')")
        return int(shown or 0) - 1, is_open


@dataclass
class DoubleTap:
    """Two taps on one part, and what showed before them."""

    finger: Finger
    part: str
    index: int
    is_open: list[bool]

    @classmethod
    def prepare(cls, finger: Finger, chance: random.Random) -> Self:
        index, is_open = finger.what_shows()
        if finger.page.locator("[data-action=next]").count():
            part = "[data-action=next]"
        elif sum(is_open) == 2 or chance.random() < 0.3:
            part = "[data-action=skip]"
        else:
            part = f"[data-option={chance.choice('ABCD')}]"
        finger.aim(part)
        return cls(finger, part, index, is_open)

    def expected(self) -> tuple[int, list[bool]]:
        if "option" in self.part:
            return self.index, [*self.is_open[: self.index], False, *self.is_open[self.index + 1 :]]
        count = len(self.is_open)
        following = [(self.index + step) % count for step in range(1, count)]
        return next(index for index in following if self.is_open[index]), self.is_open

    def check(self) -> bool:
        """Return False if the second tap came so late that it may have been one of its own."""
        seen = self.finger.page.evaluate(SEEN)
        if seen["gap"] >= STEADY_MS:
            return False
        assert self.finger.what_shows() == self.expected(), (self, seen)
        for ways in zip(*seen["places"], strict=True):
            assert max(ways) - min(ways) <= PRESSED_PX, (self, seen)
        return True


@pytest.mark.timeout(300)
def test_a_hundred_double_taps_do_what_one_tap_does(person: Callable[..., Person]) -> None:
    chance = random.Random(17)
    rival = person("rival")
    fingers = []
    for locale, screen in zip(("ar", "en", "ar", "en"), SCREENS, strict=True):
        one = person(**screen)
        duel = start(one.api, rival.api, challenge_type="comprehensive_20")
        fingers.append(Finger(one, locale, screen, duel["id"]))
    counted = 0
    while counted < DOUBLE_TAPS:
        taps = [DoubleTap.prepare(finger, chance) for finger in fingers]
        for finger in fingers:
            finger.tap()
        fingers[0].page.wait_for_timeout(chance.uniform(30, 250))
        for finger in fingers:
            finger.tap()
        fingers[0].page.wait_for_timeout(STEADY_MS)
        counted += sum(tap.check() for tap in taps)
