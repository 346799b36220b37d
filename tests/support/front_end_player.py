"""Somebody in a browser on the front end of docs/integration-guide.md, and the calls of their pages."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect
from qader_client.rest import Api

from cluster.waiting import wait_until
from tests.support.browsing import TIMEOUT_MS
from tests.support.duel import PASSWORD

# Where the guide has the front end and the service.
HOME, SERVICE = "http://localhost:3000", "http://localhost:8000"


class Player:
    """Somebody who signs in on the front end, and the calls that their browser makes."""

    def __init__(self, browser: Browser, api: Api, transport: str, home: str) -> None:
        self.home = home
        self.name = str(api.user["username"])
        self.api = api
        self.calls: Counter[str] = Counter()  # by address: those with a token
        self.without_token: Counter[str] = Counter()
        self.preflights: Counter[str] = Counter()
        self.statuses: list[tuple[str, int]] = []
        self.context = browser.new_context()
        self.context.set_default_timeout(TIMEOUT_MS)
        self.context.set_default_navigation_timeout(
            3 * TIMEOUT_MS
        )  # in development, it is compiled
        self.context.add_init_script(f"localStorage.transport ??= {transport!r}")
        self.page = self._new_page()

    def _new_page(self) -> Page:
        page = self.context.new_page()
        network = self.context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", self._note_request)
        network.on("Network.responseReceived", self._note_response)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})  # of preflights, too
        return page

    def _note_request(self, event: dict[str, Any]) -> None:
        request = event["request"]
        if "/api/v1/" not in request["url"]:
            return
        if request["method"] == "OPTIONS":
            self.preflights[request["url"]] += 1
            return
        has_token = request["headers"].get("Authorization", "").startswith("Bearer ")
        (self.calls if has_token else self.without_token)[request["url"]] += 1

    def _note_response(self, event: dict[str, Any]) -> None:
        if event.get("type") != "Preflight":
            self.statuses.append((event["response"]["url"], event["response"]["status"]))

    def sign_in(self) -> None:
        self.page.goto(f"{self.home}/")
        self.page.locator("[name=username]").fill(self.name)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.press("Sign in")
        expect(self.page.get_by_role("heading", name=self.name)).to_be_visible()
        expect(self.page.locator("[data-notifications=open]")).to_have_count(1)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def invite(self, opponent: str) -> None:
        self.page.locator("[name=opponent_username]").fill(opponent)
        self.page.locator("option[value=quick_quant_10]").wait_for(state="attached")
        self.page.locator("select").select_option("quick_quant_10")
        self.press("Challenge")

    def accept(self) -> None:
        self.page.locator("dialog").get_by_role("button", name="Accept").click()

    def see(self, status: str) -> Locator:
        """Wait until the challenge has this status on the page."""
        shown = self.page.locator(f"[data-challenge][data-status={status}]")
        expect(shown).to_be_visible()
        return shown

    @property
    def challenge_id(self) -> int:
        return int(self.page.locator("[data-challenge]").get_attribute("data-challenge") or 0)

    def answer(self) -> None:
        """Answer all questions."""
        for letter in "ABCDABCDAB":
            shown = self.page.locator("[data-question]")
            number = shown.get_attribute("data-question")
            shown.locator(f"[data-choice={letter}]").click()
            expect(self.page.locator(f'[data-question="{number}"]')).to_have_count(0)

    def hear_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the browser has told enough of its calls for the condition to hold."""

        def holds() -> bool:
            self.page.wait_for_timeout(10)  # what the browser tells is heard only meanwhile
            return condition()

        wait_until(holds)

    def must_have_asked_first(self) -> None:
        """Check that REST was called with tokens, each time with a preflight, and in one language."""
        assert all(url.startswith(f"{SERVICE}/ar/api/v1/") for url in self.calls)
        assert sum(number for url, number in self.calls.items() if "/answer/" in url) >= 10
        self.hear_until(
            lambda: self.calls == Counter({url: self.preflights[url] for url in self.calls})
        )
        others = {url.split("/api/v1/")[1] for url in self.without_token}
        assert others <= {"auth/login/", "auth/token/refresh/"}

    def scores(self) -> dict[str, int]:
        return {
            str(item.get_attribute("data-player")): int(item.get_attribute("data-score") or -1)
            for item in self.page.locator("[data-player]").all()
        }
