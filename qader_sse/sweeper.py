"""Ends what has run out of time. Rules do not wait for it: they compare with the deadline themselves."""

from datetime import datetime

from qader_sse.service import Service

_BATCH = 100


def run_once(service: Service, now: datetime) -> int:
    """End every challenge that is overdue at this moment, in batches; return how many."""
    ended = failed = 0
    while True:
        batch = service.actions.expire_due(now, _BATCH, skip=failed)
        ended, failed = ended + batch.ended, failed + batch.failed
        if batch.ended + batch.failed < _BATCH:
            return ended
