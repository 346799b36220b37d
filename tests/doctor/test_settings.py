"""What the doctor finds in the settings, in the versions, and in gunicorn's configuration."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from qader_sse.doctor.finding import Part
from qader_sse.doctor.settings_checks import SETTINGS, different_versions
from tests.support.examining import app_with, faults

Find = Callable[..., set[str]]


# gunicorn takes seconds to say how it is configured.
QUICK = replace(SETTINGS, checks=SETTINGS.checks[:-1])
ANYWHERE = {"HOST": "0.0.0.0"}  # noqa: S104  # nothing listens


@pytest.fixture
def find(database_url: str) -> Find:
    """Return a function that looks at an installation with these variables, at an address."""

    def run(part: Part = SETTINGS, url: str = "", **environ: str) -> set[str]:
        own = {"DATABASE_URL": database_url, "SECRET_KEY": "the-key-of-a-doctor"}
        with app_with(own | environ) as app:
            return faults(app, part, url=url)

    return run


def test_nothing_is_found_in_the_settings_of_a_fresh_installation(find: Find) -> None:
    assert find() == set()


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"HEARTBEAT_SECONDS": "55"}, "heartbeat"),
        ({"FAIR_SHARES": "false"} | ANYWHERE, "fair_shares"),
        ({"COOKIE_DOMAIN": "quiz.example"}, "cookie_domain"),
        ({"MAX_STREAMS": "10000000"}, "open_files"),
    ],
)
def test_settings_that_do_harm_are_named(find: Find, environ: dict[str, str], fault: str) -> None:
    assert find(QUICK, "https://duels.example", **environ) == {fault}


@pytest.mark.parametrize("host", ["quiz.example", "duels.quiz.example"])
def test_a_cookie_domain_of_the_address_does_no_harm(find: Find, host: str) -> None:
    assert find(QUICK, f"https://{host}", COOKIE_DOMAIN="quiz.example") == set()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--preload", {"preload_app"}),
        ("--worker-class sync", {"worker_class"}),
        ("--workers 2", {"workers_on_sqlite"}),
        ("--graceful-timeout 5", {"graceful_timeout"}),
        ("--no-such-option", {"gunicorn_refuses"}),
    ],
)
def test_what_gunicorn_is_told_is_examined(
    find: Find, monkeypatch: pytest.MonkeyPatch, arguments: str, expected: set[str]
) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", arguments)
    assert find() == expected


def test_several_workers_without_redis_are_named(
    find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 2")
    assert find(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none") == {"workers_without_redis"}


def test_a_package_of_another_version_than_the_lock_file_names_is_listed() -> None:
    lock = """
gunicorn==0.1 \\
    --hash=sha256:00
no-such-package==1.0
colorama==0.1 ; sys_platform == "win32"
"""
    first, second = different_versions(lock)
    assert first.startswith("gunicorn ")
    assert first.endswith(" (==0.1 is wanted)")
    assert second == "no-such-package missing (==1.0 is wanted)"
