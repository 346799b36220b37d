"""Stand-ins for workers that share one Redis: each has a bus, and collects what it receives."""

from contextlib import suppress

from cluster.waiting import wait_until
from qader_sse.domain.events import Event
from qader_sse.realtime.bus.redis_bus import RedisBus

SECRET = "the secret of one installation"


class Worker:
    """A bus, the events it delivered, and how often it reported that some may be lost."""

    def __init__(self, url: str, secret: str = SECRET) -> None:
        self.bus = RedisBus(url, secret)
        self.events: list[Event] = []
        self.times_lost = 0
        self.bus.subscribe(self.events.extend, self._count_loss)
        self.bus.start()

    def _count_loss(self) -> None:
        self.times_lost += 1


def two_workers(url: str) -> tuple[Worker, Worker]:
    here, there = Worker(url), Worker(url)
    wait_until(lambda: here.bus.is_up and there.bus.is_up)
    return here, there


def event(seq: int, topic: str = "challenge:1") -> Event:
    return Event(topic, seq, "participant.update", {"seq": seq})


def can_announce(here: Worker, there: Worker) -> bool:
    """Announce a new event and return whether it arrives at the other worker within half a second.

    To be asked again while it may be lost; where it must not be, `announce` has no such limit.
    """
    announced = event(10_000 + len(there.events))
    here.bus.announce([announced])
    with suppress(TimeoutError):
        wait_until(lambda: announced in there.events, timeout=0.5)
    return announced in there.events


def announce(here: Worker, there: Worker) -> None:
    """Announce a new event once, and wait until it arrives at the other worker."""
    announced = event(10_000 + len(there.events))
    here.bus.announce([announced])
    wait_until(lambda: announced in there.events)
