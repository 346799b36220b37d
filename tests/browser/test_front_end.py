"""Front ends on another port play whole duels in Chromium: the example, and pages as they are deployed.

The example is the code of docs/integration-guide.md. Chromium finds it and the service under the
addresses of the guide; which ports they really have, it is told by a rule.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from cluster.local_server import LocalServer
from tests.support.browsing import new_account
from tests.support.duel import CHALLENGES
from tests.support.front_end_player import HOME, SERVICE, Player
from tests.support.nextjs import FrontEnd, build
from tests.support.servers import MakeServer

TRANSPORTS = ("websocket", "eventsource", "connect")
_numbers = count(1)

# The first build compiles everything.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def service(make_server: MakeServer) -> Iterator[LocalServer]:
    """Its access tokens run out again and again while people play."""
    settings = {"ALLOWED_ORIGINS": HOME, "ACCESS_TOKEN_SECONDS": "3"}
    settings |= {"LAME_DUCK_SECONDS": "0.1", "DRAIN_SECONDS": "0.1"}
    with make_server(**settings) as server:
        yield server


@pytest.fixture(scope="module")
def chromium(
    launch: Callable[..., Browser],
    service: LocalServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Browser]:
    build()
    with FrontEnd("start", tmp_path_factory.mktemp("front_end")) as front_end:
        ports = {HOME: front_end.port, SERVICE: service.port}
        rules = [f"MAP {name[7:]} 127.0.0.1:{port}" for name, port in ports.items()]
        browser = launch(f"--host-resolver-rules={', '.join(rules)}")
        yield browser
        browser.close()


@pytest.fixture
def player(chromium: Browser, service: LocalServer) -> Iterator[Callable[..., Player]]:
    with ExitStack() as stack:

        def make(name: str, transport: str, home: str = HOME) -> Player:
            account = new_account(service.base_url, f"{name}{next(_numbers)}")
            made = Player(chromium, stack.enter_context(account), transport, home)
            stack.callback(made.context.close)
            made.sign_in()
            return made

        yield make


def begin(noura: Player, khalid: Player) -> int:
    """Bring two people from the front page to the first question."""
    noura.invite(khalid.name)
    noura.see("pending_invite")
    khalid.accept()
    noura.see("accepted")
    khalid.see("accepted")
    khalid.press("Ready")
    for one in (noura, khalid):
        one.see("ongoing")
    return noura.challenge_id


def must_show_result(challenge_id: int, *players: Player) -> None:
    """Wait for the end, and compare the scores that the pages show with those of REST."""
    for one in players:
        one.see("completed")
        attempts = one.api.get(f"{CHALLENGES}{challenge_id}/results/").body["attempts"]
        assert one.scores() == {item["user"]["username"]: item["score"] for item in attempts}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_two_people_play_a_duel_and_a_rematch(
    player: Callable[..., Player], transport: str
) -> None:
    noura, khalid = player("noura", transport), player("khalid", transport)
    challenge_id = begin(noura, khalid)
    noura.answer()
    khalid.answer()
    must_show_result(challenge_id, noura, khalid)
    expect(noura.page.get_by_role("status")).to_be_empty()  # khalid accepted a while ago

    noura.press("Rematch")
    khalid.accept()
    khalid.press("Ready")
    for one in (noura, khalid):
        one.see("ongoing")
        assert one.challenge_id != challenge_id
    noura.page.goto(f"{HOME}/")
    noura.page.get_by_role("link", name=khalid.name).click()  # the one that goes on
    noura.see("ongoing")
    noura.page.goto(f"{HOME}/challenges/{challenge_id}/results")
    expect(noura.page.locator(f'[data-result="{challenge_id}"] > li')).to_have_count(10)

    for one in (noura, khalid):
        one.must_have_asked_first()


def test_whoever_leaves_has_lost(player: Callable[..., Player]) -> None:
    noura, khalid = player("noura", "connect"), player("khalid", "websocket")
    begin(noura, khalid)
    khalid.press("Leave")
    for one, text in ((noura, "Your opponent has left."), (khalid, "You have left.")):
        expect(one.see("completed")).to_contain_text(text)


def test_tokens_that_run_out_under_two_calls_are_renewed_once(
    player: Callable[..., Player],
) -> None:
    noura, khalid = player("noura", "connect"), player("khalid", "eventsource")
    challenge_id = begin(noura, khalid)
    # Two answers behind each other, as by somebody who is quick, with a token that has just run out.
    noura.page.wait_for_function(
        """() => {
          const { access } = JSON.parse(localStorage.session);
          return JSON.parse(atob(access.split(".")[1])).exp * 1000 < Date.now() - 100;
        }"""
    )
    noura.statuses.clear()
    renewals = list[Route]()  # held until both answers were refused, however slow the page is
    noura.page.route("**/auth/token/refresh/", lambda route: renewals.append(route))
    noura.page.evaluate(
        """async () => {
          const choose = () => document.querySelector("[data-choice=A]").click();
          const first = document.querySelector("[data-question]").dataset.question;
          choose();
          while (document.querySelector("[data-question]").dataset.question === first) {
            await new Promise((later) => setTimeout(later));
          }
          choose();
        }"""
    )
    answers = f"{CHALLENGES}{challenge_id}/answer/"

    def statuses(address: str) -> list[int]:
        return [status for url, status in noura.statuses if url.endswith(address)]

    noura.hear_until(lambda: statuses(answers) == [401, 401] and bool(renewals))
    renewals[0].continue_()
    noura.hear_until(lambda: len(statuses(answers)) == 4)
    assert statuses(answers) == [401, 401, 200, 200]
    assert statuses("/auth/token/refresh/") == [200]


def test_a_duel_goes_on_after_a_deploy(player: Callable[..., Player], service: LocalServer) -> None:
    noura, khalid = player("noura", "websocket"), player("khalid", "eventsource")
    challenge_id = begin(noura, khalid)
    service.reload()
    noura.answer()
    khalid.answer()
    must_show_result(challenge_id, noura, khalid)


def test_signing_out_in_one_tab_signs_out_in_the_other(player: Callable[..., Player]) -> None:
    noura = player("noura", "connect")
    other_tab = noura.context.new_page()
    other_tab.goto(f"{HOME}/")
    expect(other_tab.get_by_role("heading", name=noura.name)).to_be_visible()
    noura.press("Sign out")
    for page in (noura.page, other_tab):
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    other_tab.goto(f"{HOME}/challenges/1/results")
    expect(other_tab.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_buttons_of_the_lobby_stay_in_their_places(player: Callable[..., Player]) -> None:
    noura = player("noura", "connect")
    page, held = noura.page, list[Route]()
    page.route("**/challenges/types/", lambda route: held.append(route))
    page.reload()
    noura.hear_until(lambda: bool(held))
    button = page.get_by_role("button", name="Sign out")
    place = button.bounding_box()
    held[0].continue_()
    page.locator("option[value=quick_quant_10]").wait_for(state="attached")
    assert button.bounding_box() == place
    expect(page.locator("link[rel=icon]")).to_have_count(1)  # else a 404 in the console


def test_a_session_that_is_ended_elsewhere_signs_its_page_out(
    player: Callable[..., Player],
) -> None:
    people = [player("noura", transport) for transport in TRANSPORTS]
    for one in people:
        assert one.api.post("/api/v1/auth/sessions/end-others/").status == 200
    for one in people:
        expect(one.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_page_that_keeps_the_latest_message_only_plays_over_websockets(
    player: Callable[..., Player],
) -> None:
    noura, khalid = player("noura", "websocket"), player("khalid", "websocket")
    challenge_id = begin(noura, khalid)
    for one in (noura, khalid):
        one.page.goto(f"{HOME}/deployed/{challenge_id}")
        one.see("ongoing")
        one.answer()
    must_show_result(challenge_id, noura, khalid)


def test_a_duel_through_the_proxy_of_the_front_end(
    player: Callable[..., Player], service: LocalServer, tmp_path: Path
) -> None:
    """As in development: no other origin, so no CORS; the cookie belongs to the front end's host."""
    settings = {"NEXT_PUBLIC_SERVICE_URL": "", "SERVICE_URL": service.base_url}
    with FrontEnd("dev", tmp_path, **settings) as front_end:
        home = f"http://localhost:{front_end.port}"
        noura, khalid, sara = (player(f"player-{way}", way, home) for way in TRANSPORTS)
        begin(noura, khalid)
        khalid.page.goto(home)
        begin(khalid, sara)
        # The page knows no other address than its own.
        assert all(url.startswith(home) for url in sara.calls)
        assert not sara.preflights
