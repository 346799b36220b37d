"""The command: what it prints, how it ends, and that a broken part does not stop the others."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask

from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Check, Finding, Part
from tests.support.examining import app_with, found

NONE = Finding("none", "Something is wrong.", "Mend it.")
LAST = Finding("last", "Nothing answers.", "Start it.", ends_part=True)


def wrong(exam: Examination) -> Iterator[Finding]:
    yield NONE


def broken(exam: Examination) -> Iterator[Finding]:
    yield NONE
    raise ConnectionResetError("the line is cut\nand more")


def last(exam: Examination) -> Iterator[Finding]:
    yield LAST


def part(*checks: object) -> Part:
    return Part("part", lambda exam: True, tuple(Check("a check", check) for check in checks))  # type: ignore[arg-type]  # functions of this module


def test_a_check_that_fails_keeps_what_it_found_and_the_next_one_goes_on(app: Flask) -> None:
    faults = [finding.fault for finding in found(app, part(broken, wrong))]
    assert faults == ["none", "not_examined", "none"]
    (failed,) = (f for f in found(app, part(broken)) if f.fault == "not_examined")
    assert failed.what == "part, a check: this could not be examined (the line is cut)."


def test_a_part_that_does_not_answer_is_not_examined_further(app: Flask) -> None:
    assert found(app, part(last, wrong)) == [LAST]


def test_without_its_database_and_its_redis_the_doctor_says_so_and_no_more() -> None:
    environ = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "the-key-of-a-doctor",
    }
    with app_with(environ) as app:
        done = app.test_cli_runner().invoke(args=["doctor", "--json", "http://127.0.0.1:1"])
    said = json.loads(done.stdout)
    faults = [finding["fault"] for finding in said["findings"]]
    assert (done.exit_code, said["healthy"]) == (1, False)
    assert faults == ["database_away", "redis_away", "url_away"]
    assert "Traceback" not in done.output
    assert "path: the address ... 1 finding" in done.stderr


def test_the_text_says_what_is_wrong_and_how_to_mend_it(app: Flask) -> None:
    args = ["doctor", "--least-free-mb", str(2**40)]
    done = app.test_cli_runner().invoke(args=args)
    assert done.exit_code == 1
    assert done.stdout.startswith("disk_nearly_full: ")
    assert done.stdout.endswith("\n\n1 finding.\n")


def test_a_healthy_installation_has_exit_code_0(app: Flask) -> None:
    args = ["doctor", "--least-free-mb", "0"]
    done = app.test_cli_runner().invoke(args=args)
    assert (done.exit_code, done.stdout) == (0, "Nothing is wrong.\n")


@pytest.mark.parametrize("url", ["duels.example", "ftp://duels.example", "http://", "http://a:b"])
def test_what_is_no_address_is_refused_at_once(app: Flask, url: str) -> None:
    done = app.test_cli_runner().invoke(args=["doctor", url])
    assert done.exit_code == 2
    assert "Give the address as browsers have it, such as https://duels.example." in done.output
