"""`flask settings`: each value, where it comes from, and no secret."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from qader_sse.config import Settings
from tests.cli.conftest import Ask, Run

SECRETS = {
    "SECRET_KEY": "a-very-secret-key",
    "JWT_SIGNING_KEY": "a-signing-key-of-at-least-32-letters",
    "DATABASE_URL": "postgresql://app:hunter2secret@db.example/app?sslpassword=tlssecret",
    "REDIS_URL": "redis+sentinel://u:redissecret@a:1,b:2/main?sentinel_password=sentsecret",
}
SHOWN_TO_NOBODY = ("a-very", "a-signing", "hunter2", "redissecret", "sentsecret", "tlssecret")
Listed = Callable[..., dict[str, Any]]


@pytest.fixture
def listed(app: Flask, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Listed:
    """Return a function that lists the settings of a process with this environment."""
    for name in Settings.__dataclass_fields__:
        monkeypatch.delenv(name.upper(), raising=False)  # such as HOST, which make exports

    def of(*arguments: str, **environ: str) -> dict[str, Any]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        app.extensions["qader_sse"] = with_settings(app, Settings.from_env(environ))
        return {one["setting"]: one for one in ask("settings", *arguments)["settings"]}

    return of


def with_settings(app: Flask, settings: Settings) -> Any:
    """Return the app's service with other settings, as the process would have that read them."""
    return replace(app.extensions["qader_sse"], settings=settings)


def test_each_setting_is_listed_with_its_origin(listed: Listed) -> None:
    found = listed(SECRET_KEY="x" * 16, DATABASE_URL="sqlite://", INVITE_SECONDS="60")
    assert found["INVITE_SECONDS"]["value"] == 60.0
    assert found["INVITE_SECONDS"]["origin"] == "environment"
    assert found["MATCHMAKING_SECONDS"] == {
        "setting": "MATCHMAKING_SECONDS",
        "value": 600.0,
        "origin": "default",
    }
    assert set(found) == {name.upper() for name in Settings.__dataclass_fields__}


def test_no_secret_is_shown(listed: Listed, run: Run) -> None:
    found = listed(**SECRETS)
    assert found["SECRET_KEY"]["value"] == "•••"
    assert found["JWT_SIGNING_KEY"]["value"] == "•••"
    address = "postgresql+psycopg://app:•••@db.example/app?sslpassword=•••"
    assert found["DATABASE_URL"]["value"] == address
    assert (
        found["REDIS_URL"]["value"] == "redis+sentinel://u:•••@a:1,b:2/main?sentinel_password=•••"
    )
    for said in (str(found), run("settings")):
        assert [one for one in SHOWN_TO_NOBODY if one in said] == []


def test_a_key_that_nobody_gave_comes_from_its_file() -> None:
    assert Settings.origins({})["secret_key"] == "file"
    assert Settings.origins({"SECRET_KEY": "x"})["secret_key"] == "environment"
    assert Settings.origins({"REDIS_URL": ""})["redis_url"] == "default"


def test_the_list_is_reduced_to_a_text_or_to_what_was_changed(listed: Listed, run: Run) -> None:
    environ = {
        "SECRET_KEY": "x" * 16,
        "DATABASE_URL": "sqlite://",
        "ALLOWED_ORIGINS": "http://a,http://b",
    }
    assert set(listed("--changed", **environ)) == set(environ)
    assert set(listed("database", **environ)) == {"DATABASE_URL", "DATABASE_POOL_SIZE"}
    line = next(one for one in run("settings").splitlines() if one.startswith("ALLOWED_ORIGINS"))
    assert line.split() == ["ALLOWED_ORIGINS", "http://a,http://b", "environment"]
    assert run("settings", "no-such") == "There is no such setting.\n"
