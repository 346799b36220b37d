"""The loop in docs/protocol.md, by which a page follows a stream with tickets, in a real browser."""

import re
from collections.abc import Callable, Iterator

import pytest

from cluster.local_server import LocalServer
from qader_sse.installation import ROOT
from tests.support.browsing import Person
from tests.support.duel import CHALLENGES
from tests.support.servers import MakeServer

FOLLOW = re.findall(r"```js\n(.*?)```", (ROOT / "docs" / "protocol.md").read_text(), re.DOTALL)

FOLLOW_A_CHALLENGE = """async ({ follow, path }) => {
  window.seen = [];
  window.tickets = 0;
  const askForTicket = async (stream) => {
    window.tickets += 1;
    const answer = await fetch("/api/v1/auth/ticket/", {
      method: "POST", body: JSON.stringify({ stream }), headers: { "Content-Type": "application/json" },
    });
    return (await answer.json()).ticket;
  };
  const start = new Function(`${follow}; return follow;`)();
  start(path, askForTicket, (message, id) => window.seen.push([Number(id), message.type]))
    .then(() => (window.isOver = true));
}"""


@pytest.fixture
def impatient(make_server: MakeServer) -> Iterator[LocalServer]:
    """A server that ends each stream after about a second, so that its client comes back."""
    with make_server(MAX_AGE_SECONDS="1") as server:
        yield server


@pytest.mark.claim("T6")
def test_a_page_that_reconnects_with_new_tickets_misses_nothing(
    person: Callable[..., Person], impatient: LocalServer
) -> None:
    (follow,) = FOLLOW
    # Without the page's own policy, which would refuse the text of the documents as a script.
    noura, khalid = (
        person(name, service=impatient, bypass_csp=True) for name in ("noura", "khalid")
    )
    invite = {"challenge_type": "quick_quant_10", "opponent_username": khalid.name}
    challenge = f"{CHALLENGES}{noura.api.post(CHALLENGES, invite).body['id']}"
    page = noura.context.new_page()
    page.goto("/openapi/openapi.json")  # without the app's own streams
    path = challenge.replace("/api/v1/challenges", "/sse") + "/"
    page.evaluate(FOLLOW_A_CHALLENGE, {"follow": follow, "path": path})
    for call, caller in (("accept", khalid), ("ready", noura), ("ready", khalid)):
        page.wait_for_function("count => window.tickets >= count", arg=page.evaluate("tickets + 1"))
        assert caller.api.post(f"{challenge}/{call}/").status == 200
    page.wait_for_function("window.seen.at(-1)?.[1] === 'challenge.start'")
    ids = [id_ for id_, _ in page.evaluate("seen")]
    assert ids == list(range(ids[0], ids[-1] + 1))
    assert page.evaluate("tickets") >= 3
