"""Workers that hear one another over a Redis, as far as the bus is concerned."""

from contextlib import suppress

import gevent

from cluster.waiting import wait_until
from qader_sse.domain.events import Event
from qader_sse.realtime.bus.redis_bus import RedisBus

SECRET = "the secret of one installation"


class Worker:
    """A bus, and what it brought."""

    def __init__(self, url: str, secret: str = SECRET) -> None:
        self.bus = RedisBus(url, secret)
        self.events: list[Event] = []
        self.times_missed = 0
        self.bus.subscribe(self.events.extend, self._count)
        self.bus.start()

    def _count(self) -> None:
        self.times_missed += 1


def workers(url: str) -> tuple[Worker, Worker]:
    here, there = Worker(url), Worker(url)
    wait_until(lambda: here.bus.is_up and there.bus.is_up)
    return here, there


def event(seq: int, topic: str = "challenge:1") -> Event:
    return Event(topic, seq, "participant.update", {"seq": seq})


def speaks(here: Worker, there: Worker) -> bool:
    """Say something new and tell whether it arrives before long."""
    said = event(10_000 + len(there.events))
    here.bus.announce([said])
    with suppress(gevent.Timeout), gevent.Timeout(0.5):
        while said not in there.events:
            gevent.sleep(0.005)
    return said in there.events
