"""What the service has logged, as it writes it."""

import json
import logging
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

import pytest

from qader_sse import request_ids
from qader_sse.log_format import FORMATTERS


def lines(records: Iterable[logging.LogRecord], message: str) -> list[dict[str, Any]]:
    """Return the lines with this message, by their fields."""
    write = FORMATTERS["json"]().format
    return [json.loads(write(record)) for record in records if record.msg == message]


def logged_by(caplog: pytest.LogCaptureFixture, module: ModuleType) -> list[logging.LogRecord]:
    """Return what a module has logged; others, and libraries, may log at the same time."""
    return [record for record in caplog.records if record.name == module.__name__]


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """pytest's own fixture; its `text` is what the service would write, with all fields."""
    before = caplog.handler.formatter
    caplog.handler.setFormatter(FORMATTERS["console"](request_ids.current.get))
    yield caplog
    caplog.handler.setFormatter(before)
