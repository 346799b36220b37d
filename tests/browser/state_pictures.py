"""Takes a picture of every state of the app, for a critical eye, in `instance/pictures`: `make pictures`."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from qader_client.rest import Api

from cluster.local_server import LocalServer
from cluster.process import ROOT
from qader_sse.cli.set_up import SAMPLES
from qader_sse.question_files import read
from tests.support.browsing import Person, Tab
from tests.support.duel import QUICK_HASH
from tests.support.http_duels import start
from tests.support.pictures import LOOKS, take

FOLDER = ROOT / "instance" / "pictures"
RIGHT = {
    each.question_text: each.correct_answer for path in SAMPLES for each in read(path).questions
}
NAMES = {"sara": "سارة", "fahad": "فهد", "noura": "نورة"}

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """A server that tells of presence, and ends a duel by time, within seconds."""
    settings = {"PRESENCE_SECONDS": "0.3", "PRESENCE_SETTLE_SECONDS": "1"}
    with LocalServer(
        PASSWORD_HASH_METHOD=QUICK_HASH, SECOND_PLAYER_SECONDS="2", **settings
    ) as server:
        yield server


class Tour:
    """Sara, whose pages are looked at, and the two she meets."""

    def __init__(self, person: Callable[..., Person], look: str) -> None:
        self.look, self.locale = look, look[:2]
        shown = {name: {"preferred_name": arabic} for name, arabic in NAMES.items()}
        self.sara = person("sara", details=shown["sara"], **LOOKS[look])
        self.fahad, self.noura = (person(name, details=shown[name]) for name in ("fahad", "noura"))
        self.tab = self.sara.tab(f"/{self.locale}/")

    def take(self, state: str, *, is_whole: bool = False, tab: Tab | None = None) -> None:
        take((tab or self.tab).page, FOLDER / f"{state}-{self.look}.png", is_whole=is_whole)

    def open(self, duel: Any, view: str) -> None:
        self.tab.page.goto(f"/{self.locale}/#challenge-{duel['id']}")
        self.tab.page.reload()  # without the invites that were answered by the REST interface
        self.tab.see(view)

    def play(self, duel: Any, hers: int, his: int) -> None:
        """Answer all questions of a duel, so many of them right."""
        for index, question in enumerate(duel["questions"]):
            for player, right in ((self.sara.api, hers), (self.fahad.api, his)):
                self.answer(player, duel, question, is_right=index < right)

    def answer(self, player: Api, duel: Any, question: Any, *, is_right: bool) -> None:
        right = RIGHT[question["question_text"]]
        choice = right if is_right else "B" if right == "A" else "A"
        body = {"question_id": question["id"], "selected_answer": choice}
        path = f"/api/v1/challenges/challenges/{duel['id']}/answer/"
        assert (
            player.post(path, {**body, "time_taken_seconds": 12 + question["id"] % 30}).status
            == 200
        )


@pytest.fixture(params=LOOKS)
def tour(person: Callable[..., Person], request: pytest.FixtureRequest) -> Tour:
    return Tour(person, request.param)


def test_lobby_and_history(tour: Tour) -> None:
    expect(tour.tab.see("lobby").locator("#no-duels")).to_be_visible()
    tour.take("lobby-new")
    tour.play(start(tour.sara.api, tour.fahad.api), 9, 6)
    tour.play(start(tour.sara.api, tour.fahad.api), 4, 6)
    left = start(tour.noura.api, tour.sara.api, "speed_challenge_5min")
    assert tour.noura.api.act(left["id"], "leave").status == 200
    tour.tab.page.reload()  # without the invite that was answered by the REST interface
    others = [one.tab("/en/") for one in (tour.fahad, tour.noura)]
    for other in others:
        other.see("lobby")
    assert tour.noura.api.create("medium_verbal_15", tour.sara.name).status == 201
    expect(tour.tab.page.locator("[data-invite]")).to_have_count(1)
    tour.take("lobby")
    tour.tab.page.reload()
    rows = tour.tab.see("lobby").locator("#history li")
    tour.take("lobby-whole", is_whole=True)
    rows.filter(has_text=NAMES["fahad"]).first.get_by_role("button").click()
    expect(tour.tab.page.locator("#history-rival")).to_contain_text(NAMES["fahad"])
    expect(rows).to_have_count(2)
    tour.take("history-rival", is_whole=True)


def test_waiting_and_start(tour: Tour) -> None:
    tab = tour.tab
    his = tour.fahad.tab("/en/")
    his.see("lobby").locator("[data-type=accuracy_challenge]").check()
    his.act("search")
    his.see("waiting")
    tab.see("lobby")
    tab.act("search")
    tab.see("waiting")
    expect(tab.page.locator("[data-search]")).to_be_visible()
    tour.take("searching")
    tab.act("cancel")
    tab.see("over")
    tour.take("over")
    tab.act("lobby", tab.view("over"))
    his.page.close()
    tab.see("lobby")
    tab.act("link")
    address = tab.see("waiting").locator("#invite-link input").input_value()
    expect(tab.page.locator("#invite-link svg")).to_be_visible()
    tour.take("invite-link", is_whole=True)
    tab.page.goto(f"/{tour.locale}/#")
    guest = tour.noura.context.browser.new_context(base_url=tour.sara.base_url, **LOOKS[tour.look])  # type: ignore[union-attr]
    cookie = {"name": "sessionid", "value": tour.noura.api.cookie, "url": tour.sara.base_url}
    theirs = Tab(guest.new_page())
    theirs.page.goto(address)
    theirs.see("sign-in")
    tour.take("join-new", tab=theirs, is_whole=True)
    form = theirs.page.locator("#registration")
    form.locator("[name=username]").fill("two words")
    form.locator("[name=password]").fill("short")
    theirs.act("register", form)
    expect(form.locator("[name=username]")).to_have_attribute("aria-invalid", "true")
    tour.take("registration-errors", tab=theirs, is_whole=True)
    guest.add_cookies([cookie])  # type: ignore[list-item]  # Playwright's own TypedDict
    theirs.page.goto(f"/{tour.locale}/")
    theirs.page.goto(address)
    theirs.see("join")
    tour.take("join", tab=theirs)
    guest.close()
    tab.see("lobby")
    tab.invite(tour.fahad.name)
    tour.take("waiting")
    tour.fahad.api.act(tab.challenge_id, "accept")
    his = tour.fahad.tab(f"/en/#challenge-{tab.challenge_id}")
    for number in "321":
        expect(tab.page.locator("#count")).to_have_text(number)
        tour.take(f"starting-{number}")
    tab.see("question")
    expect(his.see("question")).to_be_visible()
    his.page.close()
    expect(tab.view("question").locator(".side[data-side=theirs]")).to_have_attribute(
        "data-away", ""
    )
    tour.take("rival-offline")


def test_question(tour: Tour) -> None:
    tab = tour.tab
    duel = start(tour.sara.api, tour.fahad.api)
    tour.open(duel, "question")
    tour.take("question")
    skips = 9  # not every duel has one
    while not tab.page.locator("#question mfrac, #question msup").count() and skips:
        skips -= 1
        tab.page.locator("[data-action=skip]").dispatch_event("click")
    tour.take("question-formula")
    if "phone" in tour.look:
        tab.page.set_viewport_size({"width": 640, "height": 360})
        tour.take("question-on-its-side")
        tab.page.set_viewport_size({"width": 360, "height": 640})
    tab.answer("A")
    tour.take("question-answered")
    tour.take("question-answered-whole", is_whole=True)
    for kind in ("quick_quant_10", "medium_verbal_15"):
        assert tour.noura.api.create(kind, tour.sara.name).status == 201
    expect(tab.page.locator("[data-invite]")).to_have_count(2)
    tour.take("invite-held")
    tour.sara.context.set_offline(True)
    expect(tab.page.locator(".connection")).to_have_attribute("data-connection", "reconnecting")
    tour.take("offline")
    tour.sara.context.set_offline(False)
    tab.act("leave")
    expect(tab.page.locator("#leaving")).to_be_visible()
    tour.take("leaving")


def test_speed_duel(tour: Tour) -> None:
    duel = start(tour.sara.api, tour.fahad.api, challenge_type="speed_challenge_5min")
    for index, question in enumerate(duel["questions"][:9]):
        for player in (tour.sara.api, tour.fahad.api):
            tour.answer(player, duel, question, is_right=bool(index % 3))

    def say_that_13_seconds_are_left(route: Route) -> None:
        detail = route.fetch().json()
        late = datetime.fromisoformat(detail["deadline_at"]) - timedelta(seconds=13)
        route.fulfill(json={**detail, "server_time": late.isoformat()})

    tour.sara.context.route(f"**/challenges/{duel['id']}/", say_that_13_seconds_are_left)
    tour.open(duel, "question")
    tour.take("speed")
    expect(tour.tab.page.locator("[data-countdown]")).to_have_attribute("data-pace", "last")
    tour.take("last-ten-seconds")


def test_results(tour: Tour) -> None:
    api, his = tour.sara.api, tour.fahad.api
    won = start(api, his)
    tour.play(won, 8, 5)
    tour.open(won, "result")
    tour.take("result-won")
    tour.take("result-won-whole", is_whole=True)
    tour.fahad.tab("/en/").see("lobby")
    rematch = his.act(won["id"], "rematch").body
    expect(tour.tab.view("result").locator("[data-action=rematch]")).to_be_enabled()
    expect(tour.tab.page.locator("#announcement")).to_contain_text(NAMES["fahad"])
    tour.take("result-rematch")
    assert api.act(rematch["id"], "decline").status == 200
    lost = start(his, api, "medium_verbal_15")
    tour.play(lost, 3, 12)
    tour.open(lost, "result")
    tour.take("result-lost")
    left = start(api, his)
    for question in left["questions"][:3]:
        tour.answer(api, left, question, is_right=True)
    assert his.act(left["id"], "leave").status == 200
    tour.open(left, "result")
    tour.take("result-left")
    timed = start(api, his, "accuracy_challenge")
    for question in timed["questions"]:
        tour.answer(his, timed, question, is_right=True)
    tour.open(timed, "result")
    expect(tour.tab.view("result").locator("[data-ended-by=time]")).not_to_be_empty()
    tour.take("result-by-time")
    draw = start(api, his)
    tour.play(draw, 5, 5)
    tour.open(draw, "result")
    tour.take("result-draw")


def test_account(tour: Tour) -> None:
    page = tour.tab.page
    page.goto(f"/{tour.locale}/account/")
    expect(page.locator("#sessions li")).to_have_count(1)
    take(page, FOLDER / f"account-{tour.look}.png", is_whole=True)
    tour.sara.forget_sign_in()
    page.goto(f"/{tour.locale}/")
    tour.tab.see("sign-in")
    tour.take("sign-in")
