"""Streams that a round leaves behind are counted in the log as it is written today."""

import logging

from chaos.leaks import open_in_log
from qader_sse.log_format import ConsoleFormatter


def line(message: str, pid: int) -> str:
    made = logging.LogRecord("qader_sse.x", logging.INFO, "x", 1, message, ({"user": 3},), None)
    made.process = pid
    return ConsoleFormatter().format(made) + "\n"


def test_a_stream_is_open_until_its_end_is_logged() -> None:
    opened = line("stream opened", 7) + line("stream opened", 7) + line("request", 7)
    assert open_in_log(opened, [7]) == 2
    assert open_in_log(opened + line("stream closed", 7), [7]) == 1
    assert open_in_log(opened, [8]) == 0  # of a worker that was killed, nothing is left
