"""The references at /docs/ and /docs/events/, with the network cut off from all but the service."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from qader_sse.web.documents.examples import recorded
from tests.support.axe import Scheme, violations
from tests.support.browsing import Person
from tests.support.http_duels import start

METHODS = ("get", "post", "put", "patch", "delete")
SIZES = ({"width": 1200, "height": 800}, {"width": 360, "height": 740})

Visit = Callable[..., Page]


@pytest.fixture
def visit() -> Any:
    """Open a page whose browser reaches the service only; what else it asks for fails the test."""
    faults: list[str] = []

    def open_page(visitor: Person, address: str) -> Page:
        def pass_or_cut(route: Route) -> None:
            if route.request.url.startswith(f"{visitor.base_url}/"):
                route.continue_()
            else:
                faults.append(f"another host was asked: {route.request.url}")
                route.abort()

        page = visitor.context.new_page()
        page.route("**/*", pass_or_cut)
        # The browser says there, too, what the policy of the page forbids.
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        return page

    yield open_page
    assert faults == []


def opened(page: Page, operation: str) -> Locator:
    """Open an operation of the REST reference, and press "Try it out"."""
    part = page.locator(f"[id$='-{operation}']")
    part.locator(".opblock-summary-control").click()
    part.locator(".try-out__btn").click()
    return part


def sent(part: Locator, status: int) -> str:
    """Send the call of an operation, and return the answer that the page shows."""
    part.locator(".execute").click()
    answer = part.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_have_text(str(status))
    return answer.locator(".highlight-code pre").inner_text()


def test_every_operation_is_shown(person: Callable[..., Person], visit: Visit) -> None:
    visitor = person()
    page = visit(visitor, "/en/docs/")
    paths = visitor.api.get("/openapi/openapi.json").body["paths"]
    operations = [
        operation for path in paths.values() for name, operation in path.items() if name in METHODS
    ]
    expect(page.locator(".opblock")).to_have_count(len(operations))
    for operation in operations:
        name = f"operations-{operation['tags'][0]}-{operation['operationId']}"
        expect(page.locator(f"#{name}")).to_contain_text(operation["summary"])


def test_a_call_that_is_tried_out_is_made_with_ones_own_session(
    person: Callable[..., Person], visit: Visit
) -> None:
    noura, khalid = person("noura"), person("khalid")
    page = visit(noura, "/ar/docs/")
    part = opened(page, "create_challenge")
    body = {"challenge_type": "quick_quant_10", "opponent_username": khalid.name}
    part.locator(".body-param__text").fill(json.dumps(body))
    with page.expect_request("**/challenges/challenges/") as call:
        created = json.loads(sent(part, 201))
    assert created["challenger"]["username"] == noura.name
    assert created["status_display"] != "Pending Invite"  # it is in Arabic, as the page is
    # Nothing is done round the rules for origins: the browser names the page, as for any other.
    assert call.value.header_value("Origin") == noura.base_url
    challenge = noura.api.get(f"/api/v1/challenges/challenges/{created['id']}/")
    assert challenge.body["status"] == "pending_invite"


def test_without_a_session_a_call_that_is_tried_out_is_refused(
    person: Callable[..., Person],
) -> None:
    stranger = person()
    stranger.forget_sign_in()
    page = stranger.tab("/en/docs/").page
    detail = json.loads(sent(opened(page, "me"), 401))["detail"]
    assert detail
    page.locator("main a", has_text="Sign in").click()
    expect(page.locator("[data-view=sign-in]")).to_be_visible()


def test_a_stream_that_is_tried_out_shows_what_it_sends_at_first(
    person: Callable[..., Person], visit: Visit
) -> None:
    noura, khalid = person("noura"), person("khalid")
    duel = start(noura.api, khalid.api)
    page = visit(noura, "/en/docs/#/Streams/challenge_stream")
    part = page.locator("#operations-Streams-challenge_stream")
    part.locator(".try-out__btn").click()  # the address has opened it
    part.locator("[data-param-name=challenge_id] input").fill(str(duel["id"]))
    said = sent(part, 200)
    assert '"state":"open"' in said
    assert '"type":"challenge.update"' in said


def test_every_channel_and_message_is_shown_with_its_example(
    person: Callable[..., Person], visit: Visit
) -> None:
    visitor = person()
    visitor.tab().page.locator("footer a[href='docs/']").click()
    page = visit(visitor, "/en/docs/")
    page.get_by_role("link", name="Events reference").click()
    document = visitor.api.get("/asyncapi.json").body
    expect(page.locator("[data-channel]")).to_have_count(len(document["channels"]))
    messages = document["components"]["messages"]
    expect(page.locator("[data-message]")).to_have_count(len(messages))
    shown = {
        str(part.get_attribute("data-message")): json.loads(part.locator("pre").inner_text())
        for part in page.locator("[data-message]").all()
    }
    assert shown == {name: found["examples"][0]["payload"] for name, found in messages.items()}
    assert shown["ChallengeEndMessage"] == recorded()["messages"]["challenge.end"]


# Both languages and both colours, but not each with each: these pages are long.
@pytest.mark.parametrize(("locale", "scheme"), [("en", "light"), ("ar", "dark")])
@pytest.mark.timeout(120)
def test_both_references_are_without_violations_and_fit_a_phone(
    person: Callable[..., Person], visit: Visit, locale: str, scheme: Scheme
) -> None:
    visitor = person(reduced_motion="reduce")
    found = {}
    page = visit(visitor, f"/{locale}/docs/events/")
    found["events"] = violations(page, [scheme])
    fits(page)
    page.goto(f"/{locale}/docs/")
    expect(page.locator(".opblock").first).to_be_visible()
    part = opened(page, "create_challenge")
    sent(part, 201)
    part.locator(".responses-table .tablinks[data-name=model]").first.click()
    opened(page, "list_challenges")
    found["REST"] = violations(page, [scheme])
    fits(page)
    page.locator(".btn.authorize").click()
    expect(page.locator(".own-session")).to_be_visible()
    found["credentials"] = violations(page, [scheme], within=".dialog-ux")
    problems = [f"{view}: {problem}" for view, list_ in found.items() for problem in list_]
    assert not problems, "\n".join(problems)


def fits(page: Page) -> None:
    """Check that nothing is wider than the screen."""
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # Playwright's own TypedDict
        page.wait_for_function("(width) => innerWidth === width", arg=size["width"])
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
