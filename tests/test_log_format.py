"""Lines of the log: one time, fields by their names, and nothing that a client sends can forge one."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import datetime

import gevent
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qader_sse.config import BadSetting, Settings
from qader_sse.log_format import FORMATTERS, ConsoleFormatter, JsonFormatter
from qader_sse.log_setup import log_failed_greenlet
from qader_sse.request_ids import caused_by, current
from tests.support.examples import Example, examples

MOMENT = 1_790_000_000.007
TIME = "2026-09-21T14:13:20.007Z"
FORGED = (
    '\n2026-09-21T14:13:20.007Z [1] [INFO] qader_sse: request status=200 "x=\x1b[2J\x85\u2028\u202e'
)


def record(message: str, *args: object, failure: BaseException | None = None) -> logging.LogRecord:
    """Return what a logger makes of a call with these arguments."""
    exc_info = (type(failure), failure, failure.__traceback__) if failure else None
    made = logging.LogRecord("qader_sse.x", logging.INFO, "x", 1, message, args, exc_info)
    made.created, made.process = MOMENT, 7
    return made


def raised(message: str) -> ValueError:
    try:
        raise ValueError(message)
    except ValueError as failure:
        return failure


def test_a_line_for_people_has_the_time_in_utc_and_then_its_fields() -> None:
    line = ConsoleFormatter().format(record("stream closed", {"user": 3, "seconds": 1.5}))
    assert line == f"{TIME} [7] [INFO] qader_sse.x: stream closed user=3 seconds=1.5"


def test_a_line_for_programs_is_one_object() -> None:
    line = JsonFormatter().format(record("stream closed", {"user": 3, "seconds": 1.5}))
    assert json.loads(line) == {
        "time": TIME,
        "level": "INFO",
        "logger": "qader_sse.x",
        "process": 7,
        "message": "stream closed",
        "user": 3,
        "seconds": 1.5,
    }


def test_what_is_not_known_is_left_out() -> None:
    made = record("request", {"user": None, "status": 200})
    assert ConsoleFormatter().format(made).endswith(": request status=200")
    assert "user" not in json.loads(JsonFormatter().format(made))


@pytest.mark.parametrize("name", FORMATTERS)
def test_arguments_without_names_are_in_the_message(name: str) -> None:
    assert "swept late: 3 challenges" in FORMATTERS[name]().format(
        record("swept late: %d challenges", 3)
    )


@pytest.mark.parametrize("name", FORMATTERS)
def test_a_line_names_its_cause_unless_it_says_so_itself(name: str) -> None:
    formatter = FORMATTERS[name](current.get)
    with caused_by("0123456789abcdef"):
        lines = [formatter.format(record("x", *args)) for args in ((), ({"request_id": "other"},))]
    assert [("0123456789abcdef" in line, "other" in line) for line in lines] == [
        (True, False),
        (False, True),
    ]
    assert "request_id" not in formatter.format(record("x"))


@pytest.mark.parametrize("value", ["two words", 'a"quote', "a=b", "", FORGED])
def test_a_value_is_never_more_than_one_value(value: str) -> None:
    line = ConsoleFormatter().format(record("request", {"path": value, "status": 404}))
    assert line.isprintable()
    found = re.fullmatch(
        rf'{TIME} \[7\] \[INFO\] qader_sse\.x: request path=(".*"|) status=404', line
    )
    assert found is not None
    assert json.loads(found[1] or '""') == value


@given(st.text(), st.dictionaries(st.from_regex(r"[a-z]+", fullmatch=True), st.text()))
def test_a_line_for_people_is_one_line_that_shows(message: str, fields: Mapping[str, str]) -> None:
    line = ConsoleFormatter().format(record("%s", message) if not fields else record("x", fields))
    assert line.isprintable()
    assert line.startswith(f"{TIME} [7] [INFO] qader_sse.x: ")


@given(st.text(), st.text())
@example("\x7f", "\x7f")
def test_a_line_for_programs_is_one_object_with_what_was_said(message: str, value: str) -> None:
    said = {"value": value.replace("/", "")}  # an address of an invite is not as it was
    line = JsonFormatter().format(record("x", said, failure=raised(message)))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) | said == json.loads(line)


def test_the_lines_of_a_traceback_are_indented_and_begin_no_line_of_the_log() -> None:
    line = ConsoleFormatter().format(record("failed", failure=raised(f"refused{FORGED}")))
    first, *others = line.split("\n")
    assert first == f"{TIME} [7] [INFO] qader_sse.x: failed"
    assert others[0] == "  Traceback (most recent call last):"
    assert all(other.startswith("  ") and other.isprintable() for other in others)


@pytest.mark.parametrize("name", FORMATTERS)
def test_a_traceback_leaves_out_the_row_that_postgresql_quotes(name: str) -> None:
    failure = raised("refused\nDETAIL:  Failing row contains (3, Pupil@mail.example).\nIt is over.")
    line = FORMATTERS[name]().format(record("failed", failure=failure))
    assert "mail.example" not in line
    shown = line.replace("\n  ", "\n").replace("\\n", "\n")
    assert "ValueError: refused\nDETAIL: left out\nIt is over." in shown


@pytest.mark.parametrize("name", FORMATTERS)
@pytest.mark.parametrize("before", ["/ar/join/", "/join//", "/JOIN/"])
@pytest.mark.parametrize("as_field", [True, False])
def test_a_line_leaves_out_the_token_of_an_invite(name: str, before: str, as_field: bool) -> None:
    """Also where the address was not written as it is, and leads to the right one or nowhere."""
    path, after = f"{before}T1cketT1cket", {"status": 200}
    made = record("request", {"path": path} | after) if as_field else record(f"GET {path}/ failed")
    line = FORMATTERS[name]().format(made)
    assert "T1cket" not in line
    assert f"{before}…" in line
    if as_field:
        assert line.endswith(("status=200", '"status":200}'))


def test_a_failure_without_a_traceback_is_written_too() -> None:
    made = record("failed")
    made.exc_info = sys.exc_info()
    assert JsonFormatter().format(made).startswith('{"time"')


def test_what_fails_in_a_greenlet_is_a_line_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gevent.get_hub(), "print_exception", log_failed_greenlet)
    with caplog.at_level(logging.ERROR):
        gevent.spawn(lambda: 1 / 0).join()
    assert "a greenlet failed: ZeroDivisionError\n  Traceback" in caplog.text


@pytest.mark.parametrize("example", examples("log"), ids=str)
def test_a_line_in_the_documents_is_as_lines_are(example: Example) -> None:
    head, named = example.text.strip().split(": ", 1)
    message, *fields = named.split(" ")
    time, process, level, name = head.split(" ")
    made = logging.LogRecord(name, logging.INFO, "x", 1, message, (), None)
    made.created = datetime.fromisoformat(time).timestamp()
    made.process = int(process.strip("[]"))
    made.args = dict(field.split("=", 1) for field in fields)
    assert ConsoleFormatter().format(made) == example.text.strip()
    assert message in ("request", "stream opened", "stream closed")
    assert level == "[INFO]"


@pytest.mark.parametrize("text", ["JSON", "xml"])
def test_only_formats_that_are_there_are_accepted(text: str) -> None:
    with pytest.raises(BadSetting, match=r"^LOG_FORMAT must be console or json"):
        Settings(secret_key="a-key-for-tests-only", log_format=text)
