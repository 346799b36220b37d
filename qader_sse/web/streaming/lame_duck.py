"""How a worker stops: it serves on for a little while, then its streams and connections end in waves.

On Ctrl-C both end at once.
"""

import signal
import time
from typing import Any

import gevent

from qader_sse.service import Service
from qader_sse.web.streaming.keep_alive import KeepAlive

_ALIVE_CHECK_SECONDS = 0.2


def stop(worker: Any, service: Service) -> None:
    # In a reload the new workers are still starting, and a balancer has not yet seen the new status
    # of /readyz: a node that stopped accepting now would answer nobody.
    service.hub.is_lame_duck = True
    gevent.sleep(service.settings.lame_duck_seconds)
    worker.handle_exit(signal.SIGTERM, None)


def drain_when_stopping(worker: Any, service: Service, keep_alive: KeepAlive) -> None:
    # gunicorn would cut all streams at the same instant, and has no hook for the moment a worker
    # stops accepting, be it by SIGTERM, a reload or max_requests: so poll.
    while worker.alive:
        gevent.sleep(_ALIVE_CHECK_SECONDS)
    if getattr(worker, "is_in_a_hurry", False):  # gunicorn.conf.py sets it
        service.hub.drain()
        keep_alive.end_all()
        return
    began_draining_at = time.monotonic()
    was_lame_duck = service.hub.is_lame_duck
    service.hub.drain(service.settings.drain_seconds)
    # A lame duck's answers announced the end of their connections, so those in use have ended. A
    # worker that `max_requests` stops was no lame duck, and gets the time for it now.
    left = began_draining_at + service.settings.lame_duck_seconds - time.monotonic()
    if not was_lame_duck and left > 0:
        gevent.sleep(left)
    keep_alive.end_all()
