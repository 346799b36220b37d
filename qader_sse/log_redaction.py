"""Keeps out of the log what would be written there of requests and of rows.

The service's own lines name no secret but the token of an invite, which is a part of its address.
And gunicorn quotes what it cannot parse, and addresses with their queries, which may hold a ticket;
and PostgreSQL quotes the row that it refuses.
"""

import logging
import re
import sys
from types import TracebackType

_FORMAT = "[%(asctime)s] [%(process)d] [%(levelname)s] %(name)s: %(message)s"
_ROW = re.compile(r"^(DETAIL|CONTEXT): .*", re.MULTILINE)
_INVITE = re.compile(r"(/join/+)[^/\s?]+", re.IGNORECASE)
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def install() -> None:
    """Write the log to stderr, and pass on of gunicorn's what is worth a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(WithoutSecrets(_FORMAT))
    logging.basicConfig(handlers=[handler])
    logging.getLogger("gunicorn.error").addFilter(redact)


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


class WithoutSecrets(logging.Formatter):
    """Writes no token of an invite, and tracebacks without the details in which PostgreSQL quotes values."""

    def format(self, record: logging.LogRecord) -> str:
        return _INVITE.sub(r"\1…", super().format(record))

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802  # logging's own name
        return _ROW.sub(r"\1: left out", super().formatException(ei))
