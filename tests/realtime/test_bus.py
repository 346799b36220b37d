"""The contract of every bus: the same tests for each one there is."""

import inspect
from collections.abc import Callable, Sequence

import pytest

from qader_sse.domain.events import Event
from qader_sse.realtime.bus import Bus, LocalBus

MakeBus = Callable[[], Bus]


@pytest.fixture(params=[LocalBus], ids=["local"])
def make_bus(request: pytest.FixtureRequest) -> MakeBus:
    make: MakeBus = request.param
    return make


def event(seq: int, topic: str = "challenge:1") -> Event:
    return Event(topic, seq, "participant.update", {"note": "سارة", "seq": seq})


def public_methods(kind: type) -> dict[str, inspect.Signature]:
    found = inspect.getmembers(kind, inspect.isfunction)
    return {name: inspect.signature(method) for name, method in found if name[0] != "_"}


def test_it_has_the_methods_of_a_bus_and_no_others(make_bus: MakeBus) -> None:
    assert public_methods(type(make_bus())) == public_methods(Bus)


def test_every_subscriber_gets_every_event_as_it_was(make_bus: MakeBus) -> None:
    bus = make_bus()
    received: list[list[Event]] = [[], []]
    for events in received:
        bus.subscribe(events.extend)

    bus.announce([event(1), event(2)])
    bus.announce([event(1, "user:3")])

    expected = [event(1), event(2), event(1, "user:3")]
    assert received == [expected, expected]


def test_a_transaction_arrives_in_its_order(make_bus: MakeBus) -> None:
    bus = make_bus()
    received: list[int] = []

    def receive(events: Sequence[Event]) -> None:
        received.extend(event.seq for event in events)

    bus.subscribe(receive)
    bus.announce([event(seq) for seq in range(1, 50)])
    assert received == list(range(1, 50))


def test_announcing_to_nobody_is_fine(make_bus: MakeBus) -> None:
    make_bus().announce([event(1)])


def test_a_late_subscriber_gets_what_comes_from_then_on(make_bus: MakeBus) -> None:
    bus = make_bus()
    received: list[Event] = []
    bus.announce([event(1)])
    bus.subscribe(received.extend)
    bus.announce([event(2)])
    assert received == [event(2)]
