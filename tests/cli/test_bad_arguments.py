"""What nobody can mean is refused in one sentence: no traceback, and nothing is changed."""

import os

import pytest

from qader_sse.service import Service
from tests.cli.conftest import Run
from tests.support.tables import unchanged

NOT_UTF8 = os.fsdecode(b"Jos\xe9")
VAST = "9" * 30


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "find", NOT_UTF8),
        ("users", "create", "badr", NOT_UTF8, "--password", "a long password of badr's"),
        ("users", "reset-link", "noura", "--address", NOT_UTF8),
        ("users", "disable", "noura", "--as", NOT_UTF8),
        ("audit", "--who", NOT_UTF8),
        ("explain", "1", NOT_UTF8),
        ("tail", f"user:{NOT_UTF8}"),
    ],
)
def test_an_argument_has_to_be_text(
    service: Service, people: dict[str, int], run: Run, arguments: tuple[str, ...]
) -> None:
    with unchanged(service):
        said = run(*arguments, exit_code=1)
    assert said.endswith("is not in UTF-8. Nothing was changed.\n")
    assert said.count("\n") == 1
    assert r"Jos\xe9" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("challenges", "show", VAST),
        ("challenges", "replay", VAST),
        ("challenges", "end", VAST, "--reason", "x", "--yes"),
        ("explain", VAST, "noura"),
        ("tail", f"challenge:{VAST}"),
    ],
)
def test_a_number_that_the_database_cannot_take_is_of_no_challenge(
    service: Service, people: dict[str, int], run: Run, arguments: tuple[str, ...]
) -> None:
    with unchanged(service):
        assert run(*arguments, exit_code=1) == f"Error: There is no challenge {VAST}.\n"


@pytest.mark.parametrize(
    "arguments", [("explain", "1", "noura", "--event", VAST), ("tail", "sessions", "--after", VAST)]
)
def test_a_number_has_to_be_one_that_the_database_takes(
    run: Run, arguments: tuple[str, ...]
) -> None:
    said = run(*arguments, exit_code=1)
    assert said.endswith("is a number too large. Nothing was changed.\n")


@pytest.mark.parametrize("digits", [18, 19, 20, 5_000])
def test_a_number_of_any_length_can_be_looked_for(run: Run, digits: int) -> None:
    assert run("users", "find", "9" * digits) == "Nobody was found.\n"


@pytest.mark.parametrize("django_id", ["", "1" * 256, "1\n2"])
def test_an_id_of_the_django_deployment_has_to_be_one_that_a_token_can_name(
    service: Service, people: dict[str, int], run: Run, django_id: str
) -> None:
    with unchanged(service):
        said = run("users", "link", django_id, "noura", exit_code=1)
    assert said.startswith("Error: An id has 1 to 255 characters")
    run("users", "link", "1" * 255, "noura")
