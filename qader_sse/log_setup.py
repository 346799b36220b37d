"""Where the log of a worker goes: to stderr, every line in one format, whoever writes it.

gunicorn quotes what it cannot parse, and addresses with their queries, which may hold a ticket. Of
its lines, only what is worth one is passed on, and without what the client sent.
"""

import logging
import sys
from types import TracebackType
from typing import TextIO

import gevent
from gevent import monkey

from qader_sse import request_ids
from qader_sse.log_format import FORMATTERS

logger = logging.getLogger(__name__)


class _ToStderr(logging.StreamHandler[TextIO]):
    """stderr flushes itself at the end of each line; to ask for it takes a tenth of a line's calls."""

    def createLock(self) -> None:  # noqa: N802  # the name in logging
        """Have lines of several threads wait for each other by a lock of the interpreter.

        No greenlet gives way while it writes a line, so greenlets need none. gevent's lock, which knows
        of them, took a quarter of a line's time.
        """
        super().createLock()
        self.lock = monkey.get_original("_thread", "RLock")()

    def flush(self) -> None:
        pass


def install(log_format: str) -> None:
    """Write the log of this process in a format of LOG_FORMAT."""
    formatter = FORMATTERS[log_format](request_ids.current.get)
    handler = _ToStderr()
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler])
    logging.captureWarnings(capture=True)  # they would be lines without a time
    gevent.get_hub().print_exception = log_failed_greenlet  # type: ignore[method-assign, assignment]  # as these
    gunicorn = logging.getLogger("gunicorn.error")
    gunicorn.addFilter(redact)
    for own in gunicorn.handlers:  # of the arbiter, which knows of no request
        own.setFormatter(formatter)
    _look_up_only_what_is_written()


def log_failed_greenlet(
    context: object,
    kind: type[BaseException] | None,
    error: BaseException | str | None,
    trace: TracebackType | None,
) -> None:
    """Log what nobody has caught in a greenlet, where gevent would print it."""
    found = error if isinstance(error, BaseException) else None
    logger.error("a greenlet failed: %s", kind and kind.__name__, exc_info=found)


def redact(record: logging.LogRecord) -> bool:
    """Leave out what the client sent. Returns False for records that need no line, as a filter does."""
    # When a write to a client that has stopped reading times out, gunicorn logs a traceback; that
    # is an ordinary event.
    if record.exc_info and isinstance(record.exc_info[1], TimeoutError):
        return False
    if record.msg.startswith("Invalid request from "):
        kind = sys.exc_info()[0]
        record.msg = f"{record.msg.partition(': ')[0]}: {kind.__name__ if kind else 'refused'}"
    elif record.msg.startswith("Error handling request"):
        record.args = tuple(str(arg).partition("?")[0] for arg in record.args or ())
    return True


def _look_up_only_what_is_written() -> None:
    """Leave out what no format names: of sixty calls a line, these are a third.

    Python's documents list these switches under *Optimization*.
    """
    logging.logThreads = logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # from Python 3.12 on
    logging._srcfile = None  # noqa: SLF001  # the module and line of the call
