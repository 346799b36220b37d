"""How a line of the log looks, to people or to programs, and what no line may hold.

gunicorn.conf.py runs this file by itself, for the lines of the arbiter: in there the package must not
be imported before gevent has patched. So nothing of the project is imported here.

Log a constant text, with what differs as one mapping: `logger.info("stream opened", {"user": 3})`.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

_ROW = re.compile(r"^(DETAIL|CONTEXT): .*", re.MULTILINE)
# Up to what ends it in an address, in a quoted text, and in a string of JSON.
_INVITE = re.compile(r"(/join/+)[^/\s?\"'\\<]+", re.IGNORECASE)
_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode


class LineFormatter(logging.Formatter):
    """What the formats share. A line names what it was caused by, unless it says so itself."""

    def __init__(self, cause: Callable[[], str | None] = lambda: None) -> None:
        super().__init__()
        self._cause = cause

    def format(self, record: logging.LogRecord) -> str:
        line = self.line(record, _moment(record))
        # Looked for first, because the pattern would take a tenth of the time of every line.
        return _INVITE.sub(r"\1…", line) if "/join/" in line.lower() else line

    def line(self, record: logging.LogRecord, moment: str) -> str:
        raise NotImplementedError

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        """Return what a line says besides its message: all that is known of what is named."""
        named = record.args if isinstance(record.args, dict) else {}
        found: dict[str, object] = {k: v for k, v in named.items() if v is not None}
        if "request_id" not in found and (cause := self._cause()) is not None:
            found["request_id"] = cause
        return found

    def traceback(self, record: logging.LogRecord) -> str:
        """Return it without the details in which PostgreSQL quotes the row that it refuses."""
        return _ROW.sub(
            r"\1: left out", self.formatException(record.exc_info or (None, None, None))
        )


class ConsoleFormatter(LineFormatter):
    """`time [process] [LEVEL] logger: message name=value …`, and a traceback on lines that are indented.

    Whatever a value holds, it neither begins a line nor looks like another field, nor moves the cursor.
    """

    def line(self, record: logging.LogRecord, moment: str) -> str:
        head = f"{moment} [{record.process}] [{record.levelname}] {record.name}: "
        line = head + printable(record.getMessage()) + _pairs(self.fields(record))
        if record.exc_info:
            lines = self.traceback(record).splitlines()
            line += "".join(f"\n  {printable(line)}" for line in lines)
        return line


class JsonFormatter(LineFormatter):
    """One JSON object a line."""

    def line(self, record: logging.LogRecord, moment: str) -> str:
        found = {
            "time": moment,
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        } | self.fields(record)
        if record.exc_info:
            found["traceback"] = self.traceback(record)
        return _encode(found).replace("\x7f", "\\u007f")  # JSON lets it stand; terminals act on it


FORMATTERS: Mapping[str, type[LineFormatter]] = {
    "console": ConsoleFormatter,
    "json": JsonFormatter,
}


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _pairs(fields: Mapping[str, object]) -> str:
    line = "".join([f" {name}={value}" for name, value in fields.items()])
    if line.count(" ") == line.count("=") == len(fields) and '"' not in line and line.isprintable():
        return line  # as nearly always
    return "".join(f" {name}={_quoted(str(value))}" for name, value in fields.items())


def _quoted(value: str) -> str:
    is_plain = value.isprintable() and not any(mark in value for mark in ' "=')
    return value if is_plain else json.dumps(value)


def printable(text: str) -> str:
    """Escape what does not show, or is more than a character: ends of lines, ANSI, directions.

    What people wrote must not act on the terminal of whoever reads it.
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )
