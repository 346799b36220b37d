"""Many duels over a network that does everything wrong; both pages show the right result."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle

import pytest

from cluster.fault_proxy.handle import FaultProxy
from cluster.local_server import LocalServer
from cluster.process import ROOT
from tests.support.browsing import Person, Tab, result_for

# Each fault comes several times meanwhile, to ten pages at once.
DUELS = 25
PAIRS = 5
ROBOT = ROOT / "tests" / "support" / "robot.js"
# One fault at a time, for about half a second each.
FAULTS: list[tuple[str, dict[str, object]]] = [
    ("cut", {"bytes": 3000}),
    ("bad_gateway", {"chance": 0.5}),
    ("buffer", {}),
    ("delay", {"high_ms": 200}),
    ("half_open", {"chance": 0.3}),
    ("reset", {"chance": 0.5}),
    ("captive_portal", {"chance": 0.3}),
    ("pass", {}),
]
FAULT_MS = 500
# The faults that are counted whenever a connection meets them.
COUNTED = {"cut", "bad_gateway", "buffer", "half_open", "reset", "captive_portal"}


@dataclass
class Pair:
    people: tuple[Person, Person]
    tabs: tuple[Tab, Tab]
    ended: list[int] = field(default_factory=list)

    def find_new_result(self) -> int | None:
        """Return the duel whose result both pages show, unless it was checked before."""
        first, second = (tab.result_of for tab in self.tabs)
        return first if first == second and first not in self.ended else None

    def check(self, challenge_id: int) -> None:
        for person, tab in zip(self.people, self.tabs, strict=True):
            assert tab.result() == result_for(person.api, challenge_id)
        self.ended.append(challenge_id)


@pytest.fixture
def network(server: LocalServer) -> FaultProxy:
    return FaultProxy(server.port)


@pytest.mark.timeout(480)
def test_all_duels_end_on_both_pages_as_the_service_says(
    network: FaultProxy, person: Callable[..., Person]
) -> None:
    # Each of them comes once before one comes again.
    faults = cycle(random.Random(7).sample(FAULTS, len(FAULTS)))
    with network:
        pairs = [begin(person, network) for _ in range(PAIRS)]
        # Of half a second, a busy machine may leave so little that no connection meets a fault: then
        # all go on until it has come again.
        while sum(len(pair.ended) for pair in pairs) < DUELS or not set(network.counts) >= COUNTED:
            fault, options = next(faults)
            network.set_fault(fault, **options)
            pairs[0].tabs[0].page.wait_for_timeout(FAULT_MS)
            for pair in pairs:
                if challenge_id := pair.find_new_result():
                    pair.check(challenge_id)
                    pair.tabs[0].page.evaluate(f"robot.again = '#challenge-{challenge_id}'")
        network.pass_through()


def begin(person: Callable[..., Person], network: FaultProxy) -> Pair:
    people = person("noura", through=network.base_url), person("khalid", through=network.base_url)
    for one in people:
        one.context.add_init_script(path=ROBOT)
    duel = people[0].api.create("quick_quant_10", people[1].name).body
    tabs = people[0].tab(f"/en/#challenge-{duel['id']}"), people[1].tab()
    return Pair(people, tabs)
