"""The contract of a bus: the same tests for every implementation and every kind of Redis."""

import inspect
from collections.abc import Callable, Iterator, Sequence

import pytest

from cluster.redis_groups import RedisClusterSetup, SentinelSetup
from cluster.redis_server import OLDEST_REDIS, RedisServer
from qader_sse.domain.events import Event
from qader_sse.realtime.bus.interface import Bus, LocalBus
from qader_sse.realtime.bus.redis_bus import RedisBus
from tests.support.streams import wait_until

MakeBus = Callable[[], Bus]
KINDS = ("local", "redis", "sentinel", "cluster", "redis 6.2", "cluster 6.2")
SECRET = "the secret of one installation"


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.replace(" ", "-"))
def make_bus(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeBus]:
    """Return a function that makes buses connected to one another, as in one installation."""
    if request.param == "local":
        shared = LocalBus()
        yield lambda: shared
        return
    folder = tmp_path_factory.mktemp("redis")
    kind, _, version = request.param.partition(" ")
    setup = {"redis": RedisServer, "sentinel": SentinelSetup, "cluster": RedisClusterSetup}[kind]
    with setup(folder, program=OLDEST_REDIS if version else None) as server:
        yield lambda: started(RedisBus(server.url, SECRET))


def started(bus: Bus) -> Bus:
    bus.start()
    wait_until(lambda: bus.is_up)
    return bus


def event(seq: int, topic: str = "challenge:1") -> Event:
    return Event(topic, seq, "participant.update", {"note": "سارة\n", "seq": seq})


def listen(bus: Bus) -> list[Event]:
    received: list[Event] = []
    bus.subscribe(received.extend, lambda: None)
    return received


def public_members(kind: type) -> dict[str, object]:
    found = {name: member for name, member in vars(kind).items() if name[0] != "_"}
    return {
        name: inspect.signature(member) if inspect.isfunction(member) else type(member)
        for name, member in found.items()
    }


def test_it_has_the_members_of_the_protocol_and_no_others(make_bus: MakeBus) -> None:
    assert public_members(type(make_bus())) == public_members(Bus)


def test_every_subscriber_of_every_worker_gets_every_event_unchanged(make_bus: MakeBus) -> None:
    here, there = make_bus(), make_bus()
    received = [listen(here), listen(here), listen(there)]

    here.announce([event(1), event(2)])
    here.announce([event(1, "user:3")])

    expected = [event(1), event(2), event(1, "user:3")]
    wait_until(lambda: all(len(events) == 3 for events in received))
    for events in received:
        assert sorted(events, key=lambda e: (e.topic, e.seq)) == expected


def test_the_announcing_worker_gets_its_event_once_and_at_once(make_bus: MakeBus) -> None:
    here, there = make_bus(), make_bus()
    own, remote = listen(here), listen(there)
    here.announce([event(1)])
    assert own == [event(1)]
    there.announce([event(2)])
    wait_until(lambda: event(2) in own and event(1) in remote)
    assert own.count(event(1)) == 1


def test_the_events_of_one_transaction_arrive_in_order(make_bus: MakeBus) -> None:
    here, there = make_bus(), make_bus()
    received = listen(there)
    here.announce([event(seq) for seq in range(1, 50)])
    wait_until(lambda: len(received) == 49)
    assert [event.seq for event in received] == list(range(1, 50))


def test_transactions_on_one_topic_arrive_in_order(make_bus: MakeBus) -> None:
    here, there = make_bus(), make_bus()
    received = listen(there)
    for seq in range(1, 200):
        here.announce([event(seq)])
    wait_until(lambda: len(received) == 199)
    assert [event.seq for event in received] == list(range(1, 200))


def test_topics_of_every_partition_arrive(make_bus: MakeBus) -> None:
    """In a cluster the partitions are on different servers."""
    here, there = make_bus(), make_bus()
    received = listen(there)
    topics = {f"challenge:{number}" for number in range(200)}
    for topic in topics:
        here.announce([event(1, topic)])
    wait_until(lambda: len(received) == len(topics))
    assert {event.topic for event in received} == topics


def test_a_whole_duel_in_one_message_arrives(make_bus: MakeBus) -> None:
    here, there = make_bus(), make_bus()
    received = listen(there)
    large = Event("challenge:1", 1, "challenge.start", {"questions": ["سؤال" * 1_000] * 25})
    here.announce([large])
    wait_until(lambda: received)
    assert received == [large]


def test_announcing_without_a_subscriber_is_fine(make_bus: MakeBus) -> None:
    make_bus().announce([event(1)])


def test_a_late_subscriber_gets_later_events_only(make_bus: MakeBus) -> None:
    bus = make_bus()
    bus.announce([event(1)])
    received = listen(bus)
    bus.announce([event(2)])
    wait_until(lambda: received)
    assert received == [event(2)]


def test_receivers_are_called_with_the_events_of_one_topic_and_never_without_any(
    make_bus: MakeBus,
) -> None:
    here, there = make_bus(), make_bus()
    batches: list[Sequence[Event]] = []
    there.subscribe(batches.append, lambda: None)
    here.announce([])
    here.announce([event(1), event(2), event(1, "user:1")])
    wait_until(lambda: sum(map(len, batches)) == 3)
    assert sorted((events[0].topic, len(events)) for events in batches) == [
        ("challenge:1", 2),
        ("user:1", 1),
    ]
