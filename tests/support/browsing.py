"""People in a browser: what they do on the pages, which mark their parts by data attributes."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Browser, Locator, Page, expect
from qader_client.rest import Api

from qader_sse.domain.challenge import FINAL
from tests.support.duel import PASSWORD

# How long an expectation may take: far longer than usual, because a machine under load is slow.
TIMEOUT_MS = 20_000
expect.set_options(timeout=TIMEOUT_MS)


@contextmanager
def new_account(base_url: str, username: str, **details: str) -> Iterator[Api]:
    with closing(Api(base_url)) as api:
        body = {"username": username, "password": PASSWORD, **details}
        answer = api.post("/api/v1/auth/register/", body)
        assert answer.status == 201, answer
        api.user = answer.body["user"]
        yield api


def stop_searching(api: Api) -> None:
    """Cancel somebody's search, unless they are no longer signed in."""
    found = api.get("/api/v1/challenges/challenges/?status=pending_matchmaking")
    for search in found.body["results"] if found.status == 200 else ():
        api.act(search["id"], "cancel")


class Person:
    """Somebody with a browser context of their own, in which they are signed in."""

    def __init__(self, browser: Browser, api: Api, base_url: str, **context: Any) -> None:
        self.api, self.base_url = api, base_url
        self.name = str(api.user["username"])
        self.context = browser.new_context(base_url=base_url, **context)
        self.context.set_default_timeout(TIMEOUT_MS)
        cookie = {"name": "sessionid", "value": api.cookie, "url": base_url}
        self.context.add_cookies([cookie])  # type: ignore[list-item]  # Playwright's own TypedDict

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.context.close()

    def forget_sign_in(self) -> None:
        self.context.clear_cookies()

    def tab(self, address: str = "/en/") -> "Tab":
        page = self.context.new_page()
        page.goto(address)
        return Tab(page)


class Tab:
    """One page of the app."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def view(self, name: str) -> Locator:
        return self.page.locator(f'[data-view="{name}"]')

    def see(self, name: str) -> Locator:
        """Wait until a view is shown, and return it."""
        view = self.view(name)
        expect(view).to_be_visible()
        return view

    def act(self, action: str, within: Locator | None = None) -> None:
        (within or self.page.locator("[data-view]:visible")).locator(
            f'[data-action="{action}"]'
        ).click()

    def sign_in(self, username: str) -> None:
        form = self.see("sign-in").locator("#credentials")
        form.locator("[name=username]").fill(username)
        form.locator("[name=password]").fill(PASSWORD)
        self.act("sign-in", form)
        self.see("lobby")

    def choose(self, challenge_type: str) -> Locator:
        """Choose a type in the lobby, which is returned."""
        view = self.see("lobby")
        expect_steady(view.locator(".type").first)
        view.locator(f'[data-type="{challenge_type}"]').check(force=True)
        return view

    def invite(self, opponent: str, challenge_type: str = "quick_quant_10") -> None:
        view = self.choose(challenge_type)
        view.locator("[name=opponent_username]").fill(opponent)
        view.locator("form [data-action=invite]").last.click()
        self.see("waiting")

    def accept_invite(self) -> None:
        """Accept the first invite; its duel starts at once if the other one looks at it, too."""
        invite = self.page.locator("[data-invite]").first
        challenge_id = invite.get_attribute("data-invite")
        self.act("accept", invite)
        self.page.wait_for_url(f"**#challenge-{challenge_id}")

    def look(self, *, away: bool) -> None:
        """Look away from the page, or at it again. Playwright never lets a tab be hidden really."""
        self.page.evaluate(
            """(away) => {
                Object.defineProperty(document, "hidden", { configurable: true, value: away });
                Object.defineProperty(document, "visibilityState", { configurable: true, value: away ? "hidden" : "visible" });
                document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
            }""",
            away,
        )

    @property
    def challenge_id(self) -> int:
        found = re.search(r"#challenge-(\d+)", self.page.url)
        assert found, self.page.url
        return int(found[1])

    @property
    def result_of(self) -> int | None:
        """The challenge whose result is shown.

        The address may name another one already: the view stays until that one has opened.
        """
        result = self.page.locator("[data-view=result]:visible [data-result-of]")
        found = result.get_attribute("data-result-of") if result.count() else None
        return int(found) if found else None

    def answer(self, letter: str, press: Callable[[Locator], None] = Locator.click) -> None:
        """Answer the question shown, and wait until it is marked right or wrong."""
        question = self.see("question")
        number = question.locator("article").get_attribute("data-question-number")
        press(question.locator(f'[data-option="{letter}"]'))
        # The last answer of the duel replaces the question by the result at once.
        answered = f'[data-question-number="{number}"] [data-option][data-state=right]'
        marked = self.page.locator(
            f"{answered}, {answered.replace('right', 'wrong')}, [data-view=result]:visible"
        )
        expect(marked).not_to_have_count(0)

    def answer_all(self, letters: str = "ABCD", look: Callable[[], object] = lambda: None) -> None:
        """Answer all questions that are left, with these letters in turn; `look` before each answer.

        The clicks are a script's, which the page takes at once: a finger has to wait until what
        it is above has stood there for a moment.
        """
        next_button = self.see("question").locator("[data-action=next]")
        if next_button.is_visible():
            next_button.dispatch_event("click")
        for letter in cycle(letters):
            look()
            self.answer(letter, lambda option: option.dispatch_event("click"))
            if not next_button.is_visible():
                return
            next_button.dispatch_event("click")

    def result(self) -> dict[str, Any]:
        """Wait for the result, and return what the page shows of it."""
        view = self.see("result")
        return {
            "outcome": view.locator("[data-outcome]").get_attribute("data-outcome"),
            "mine": int(view.locator("[data-score=mine]").inner_text()),
            "theirs": int(view.locator("[data-score=theirs]").inner_text()),
            "questions": [
                int(item.get_attribute("data-question-id") or 0)
                for item in view.locator("[data-question-id]").all()
            ],
        }


def expect_steady(part: Locator) -> None:
    """Wait until a part has stood at its place long enough to take a press.

    A click by Playwright waits by itself, a key does not.
    """
    expect(part).not_to_have_attribute("data-fresh", "")


def put_finger_on(part: Locator) -> None:
    """Begin a press as a hand does: `part.page.mouse.up()` ends it."""
    expect_steady(part)
    part.click(trial=True)  # scrolls to it; it is at rest, and nothing covers it
    part.page.mouse.down()


def begin_duel(hers: Tab, his: Tab, his_name: str) -> int:
    """Bring two people from the lobby to the first question; return the challenge's id."""
    hers.invite(his_name)
    his.accept_invite()
    for tab in (hers, his):
        tab.see("question")
    return hers.challenge_id


def open_duels(api: Api) -> list[tuple[int, str]]:
    """Return the ids and statuses of somebody's duels, invites and searches that are not over."""
    found = api.get("/api/v1/challenges/challenges/").body["results"]
    return [(duel["id"], duel["status"]) for duel in found if duel["status"] not in FINAL]


def result_for(api: Api, challenge_id: int) -> dict[str, Any]:
    """Return the result from the REST interface, in the form of `Tab.result`."""
    answer = api.get(f"/api/v1/challenges/challenges/{challenge_id}/results/")
    assert answer.status == 200, answer
    result = answer.body
    outcome = {True: "won", False: "lost", None: "draw"}[result["user_is_winner"]]
    return {
        "outcome": outcome,
        "mine": result["user_score"],
        "theirs": result["opponent_score"],
        "questions": [question["id"] for question in result["questions"]],
    }


def events_of(api: Api, challenge_id: int) -> list[dict[str, Any]]:
    """Return all messages of a challenge by polling, as this person gets them."""
    found: list[dict[str, Any]] = []
    while True:
        after = found[-1]["id"] if found else 0
        path = f"/api/v1/challenges/challenges/{challenge_id}/events/?after={after}"
        page = api.get(path).body
        found += page["events"]
        if not page["events"] or found[-1]["id"] == page["head"]:
            return found
