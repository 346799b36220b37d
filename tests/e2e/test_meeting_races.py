"""Two players act within 50 ms of each other, each at a node of their own, as two who want to play do.

Whatever comes first: they get into one challenge, it has one outcome, and nobody is left waiting.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest
from qader_client.rest import CHALLENGES, Answer, Api

from cluster.local_cluster import Cluster
from tests.support.duel import PASSWORD, QUICK_HASH
from tests.support.http_duels import event_types, start
from tests.support.workers import at_once, races

QUICK = "quick_quant_10"
RACES = races(10)
pytestmark = pytest.mark.timeout(120 + 5 * RACES)
SPREAD_SECONDS = 0.05
Call = Callable[[], Answer]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(nodes=2, workers=1, PASSWORD_HASH_METHOD=QUICK_HASH) as cluster:
        cluster.flask("users", "seed", "--count", "2", "--prefix", "player", "--password", PASSWORD)
        yield cluster
        assert not any("Traceback" in node.log for node in cluster.nodes)


class Pair:
    """Player 1, at the first node, and player 2, at the second one, who race again and again."""

    def __init__(self, cluster: Cluster) -> None:
        self.first, self.second = self.both = [
            Api.signed_in(node.base_url, f"player{number}", PASSWORD)
            for number, node in enumerate(cluster.nodes, 1)
        ]
        self._again = {api: api.another() for api in self.both}
        self.outcomes: Counter[str] = Counter()

    def close(self) -> None:
        for api in self.both:
            api.close()

    def race(self, first: Call, second: Call) -> list[Answer]:
        """Make both calls within 50 ms of each other."""
        pauses = [random.uniform(0, SPREAD_SECONDS), 0.0]
        random.shuffle(pauses)

        def later(pause: float, call: Call) -> Answer:
            time.sleep(pause)
            return call()

        return at_once(
            *(partial(later, *each) for each in zip(pauses, (first, second), strict=True))
        )

    def again(self, api: Api) -> Api:
        """Return the same person's second connection, as of a second tab."""
        return self._again[api]

    def count(self, api: Api, status: str = "") -> int:
        page = api.get(f"{CHALLENGES}?status={status}" if status else CHALLENGES)
        return int(page.body["count"])

    def outcome(self, challenge_id: int) -> str:
        """Return the status in which both see a challenge. Nobody waits for anything else."""
        for api in self.both:
            assert [self.count(api, s) for s in ("pending_invite", "pending_matchmaking")] == [0, 0]
        one, other = (api.detail(challenge_id) for api in self.both)
        assert [one[key] for key in ("status", "end_reason", "winner")] == [
            other[key] for key in ("status", "end_reason", "winner")
        ]
        self.outcomes[f"{one['status']} {one['end_reason'] or ''}".strip()] += 1
        return str(one["status"])

    def end(self, challenge_id: int) -> None:
        """Start and leave a challenge; it has started and ended once."""
        for api in self.both:
            api.act(challenge_id, "ready")
        assert self.first.act(challenge_id, "leave").body["status"] == "completed"
        types = event_types(self.second, challenge_id)
        assert [types.count(one) for one in ("challenge.start", "challenge.end")] == [1, 1]


@pytest.fixture
def pair(cluster: Cluster) -> Iterator[Pair]:
    pair = Pair(cluster)
    yield pair
    print(f"{RACES} races: {dict(pair.outcomes)}")
    pair.close()


def finished(pair: Pair) -> int:
    duel_id: int = start(pair.first, pair.second)["id"]
    pair.first.act(duel_id, "leave")
    return duel_id


@pytest.mark.parametrize("what", ["invites", "rematches", "searches", "rematch and invite"])
def test_two_who_want_the_same_get_into_one_challenge(pair: Pair, what: str) -> None:
    before = finished(pair)
    number = pair.count(pair.first)

    invites = (
        partial(pair.first.create, QUICK, "player2"),
        partial(pair.second.create, QUICK, "player1"),
    )
    for _ in range(RACES):
        rematches = [partial(api.act, before, "rematch") for api in pair.both]
        calls: dict[str, Sequence[Call]] = {
            "invites": invites,
            "rematches": rematches,
            "searches": [partial(api.create, QUICK) for api in pair.both],
            "rematch and invite": (rematches[0], invites[1]),
        }
        one, other = (answer.body for answer in pair.race(*calls[what]))
        assert one["id"] == other["id"], (one["status"], other["status"])
        assert pair.outcome(one["id"]) == ("ongoing" if what == "rematches" else "accepted")
        pair.end(one["id"])
        number += 1
        assert pair.count(pair.first) == pair.count(pair.second) == number
        before = one["id"]


@pytest.mark.parametrize("status", ["accepted", "ongoing"])
def test_both_leave(pair: Pair, status: str) -> None:
    for _ in range(RACES):
        if status == "ongoing":
            duel_id = start(pair.first, pair.second)["id"]
        else:
            duel_id = pair.first.create(QUICK, "player2").body["id"]
            pair.second.act(duel_id, "accept")
        left = pair.race(*(partial(api.act, duel_id, "leave") for api in pair.both))
        assert [answer.status for answer in left] == [200, 200]
        assert pair.outcome(duel_id) == ("completed" if status == "ongoing" else "cancelled")
        assert event_types(pair.second, duel_id).count("challenge.end") == (status == "ongoing")


@pytest.mark.parametrize("what", ["accept and cancel", "accept twice", "ready and leave"])
def test_what_two_do_to_one_challenge_has_one_outcome(pair: Pair, what: str) -> None:
    for _ in range(RACES):
        invite = pair.first.create(QUICK, "player2").body["id"]
        if what == "ready and leave":
            pair.second.act(invite, "accept")
            pair.second.act(invite, "ready")
        acts = {
            "accept and cancel": ((pair.second, "accept"), (pair.first, "cancel")),
            "accept twice": ((pair.second, "accept"), (pair.again(pair.second), "accept")),
            "ready and leave": ((pair.first, "ready"), (pair.second, "leave")),
        }[what]
        made = pair.race(*(partial(api.act, invite, act) for api, act in acts))
        answers = [answer.status for answer in made]
        outcome = pair.outcome(invite)
        match what:
            case "accept and cancel":
                assert answers == ([200, 400] if outcome == "accepted" else [400, 200])
            case "accept twice":
                assert (answers, outcome) == ([200, 200], "accepted")
            case "ready and leave":
                assert answers[1] == 200
                assert outcome in ("cancelled", "completed")
        if outcome == "accepted":
            pair.end(invite)
