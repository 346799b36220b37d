"""Long work in slices, so that requests and streams go on between two of them.

A worker does everything in one thread, so a look at all of its streams at once would stop all of them.

Every layer but the domain may import this module.
"""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

# In a worker, this sleep is gevent's. sleep(0) would let each waiting greenlet run until its next switch
# only, and what takes several switches would wait for as many slices.
_PAUSE_SECONDS = 0.001


def give_way() -> None:
    """Let the other greenlets of this worker run for a moment."""
    time.sleep(_PAUSE_SECONDS)
    let_arrived_go_first()


def let_arrived_go_first() -> None:
    """Let what has just arrived be delivered; to be called where a pause has ended.

    Often a message wakes the event loop, which then finds that a pause has ended as well. In that turn
    of the loop the message is read, and in the next one it is delivered: so this gives way for two.
    """
    time.sleep(0)
    time.sleep(0)


def slices(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items, so many at a time, and give way before the next ones are looked for."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
        give_way()
