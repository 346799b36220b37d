"""Settings: what the environment may hold, and the message for a value that cannot be used."""

import stat
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from qader_sse import config, create_app
from qader_sse.config import BadSetting, Settings
from qader_sse.domain.time_limits import TimeLimits
from qader_sse.installation import ROOT
from qader_sse.time_settings import DAY, HOUR

POSTGRES = "postgresql+psycopg://quiz@db.example/quiz"
DEFAULTS = {f.name.upper(): f.default for f in fields(Settings) if f.name != "secret_key"}
WHOLE = [name for name, default in DEFAULTS.items() if type(default) is int]
DURATIONS = [name for name, default in DEFAULTS.items() if type(default) is float]


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the installation an instance folder of its own."""
    path = tmp_path / "instance"
    monkeypatch.setattr(config, "INSTANCE", path)
    return path


def settings(**environ: str) -> Settings:
    return Settings.from_env({"SECRET_KEY": "a-key-for-tests-only", **environ})


def test_every_setting_has_a_default() -> None:
    found = settings()
    assert found.secret_key == "a-key-for-tests-only"
    assert {name: getattr(found, name.lower()) for name in DEFAULTS} == DEFAULTS
    assert found.database_url.startswith("sqlite:///")


def test_an_empty_variable_counts_as_unset() -> None:
    assert settings(**dict.fromkeys(DEFAULTS, "")) == settings()


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("DATABASE_URL", POSTGRES, POSTGRES),
        ("SECRET_KEY", "another-key-for-tests", "another-key-for-tests"),
        ("DEFAULT_LOCALE", "ar", "ar"),
        ("MAX_STREAMS", "20", 20),
        ("MAX_BODY_BYTES", " 1024 ", 1024),
        ("INVITE_SECONDS", "90", 90.0),
        ("RETRY_SECONDS", "0.25", 0.25),
        ("SWEEP_SECONDS", "1e-3", 0.001),
        ("SECURE_COOKIE", "1", True),
        ("SECURE_COOKIE", "TRUE", True),
        ("SECURE_COOKIE", "0", False),
        ("SECURE_COOKIE", "False", False),
    ],
)
def test_each_value_is_parsed_to_its_type(variable: str, text: str, expected: Any) -> None:
    value = getattr(settings(**{variable: text}), variable.lower())
    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize("variable", WHOLE)
@pytest.mark.parametrize("text", ["banana", "1.5", "1e3", "0x10", "--1"])
def test_a_value_that_is_not_a_whole_number_is_refused(variable: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"^{variable} must be a whole number, not '{text}'"):
        settings(**{variable: text})


@pytest.mark.parametrize("variable", DURATIONS)
@pytest.mark.parametrize("text", ["banana", "5 minutes", "1,5"])
def test_a_value_that_is_not_a_duration_is_refused(variable: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"^{variable} must be a number of seconds, not '{text}'"):
        settings(**{variable: text})


@pytest.mark.parametrize("variable", WHOLE + DURATIONS)
@pytest.mark.parametrize("text", ["0", "-1"])
def test_zero_and_negative_numbers_are_refused(variable: str, text: str) -> None:
    with pytest.raises(BadSetting, match=f"^{variable} must be greater than 0"):
        settings(**{variable: text})


@pytest.mark.parametrize("text", ["nan", "inf", "1e300"])
def test_a_duration_too_long_for_dates_is_refused(text: str) -> None:
    """If it were accepted at the start, each invite would fail with an overflow."""
    with pytest.raises(BadSetting, match=r"^INVITE_SECONDS "):
        settings(INVITE_SECONDS=text)


@pytest.mark.parametrize("text", ["yes", "on", "2", "wahr"])
def test_a_flag_that_is_neither_true_nor_false_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match=f"^SECURE_COOKIE must be true or false, not '{text}'"):
        settings(SECURE_COOKIE=text)


@pytest.mark.parametrize("text", ["fr", "AR", "en-US"])
def test_a_language_without_translation_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match=r"^DEFAULT_LOCALE must be en or ar"):
        settings(DEFAULT_LOCALE=text)


@pytest.mark.parametrize("text", ["duels", "/duels/", "/", "//duels", "/../duels", "/du els"])
def test_a_path_prefix_that_is_none_is_refused(text: str) -> None:
    assert settings(SCRIPT_NAME="/school/duels").script_name == "/school/duels"
    with pytest.raises(BadSetting, match=r"^SCRIPT_NAME must be a path such as /duels, not "):
        settings(SCRIPT_NAME=text)


@pytest.mark.parametrize("url", [POSTGRES, "postgresql://db.example/quiz"])
@pytest.mark.parametrize("key", [{}, {"SECRET_KEY": ""}])
def test_a_shared_database_needs_a_key_from_its_operator(
    instance: Path, url: str, key: dict[str, str]
) -> None:
    with pytest.raises(BadSetting, match=r"^SECRET_KEY is not set"):
        Settings.from_env({"DATABASE_URL": url, **key})
    assert not (instance / "secret_key").exists()


@pytest.mark.parametrize("environ", [{}, {"DATABASE_URL": "sqlite:////tmp/quiz.sqlite3"}])
def test_an_installation_with_an_embedded_database_creates_a_key_and_keeps_it(
    instance: Path, environ: dict[str, str]
) -> None:
    first = Settings.from_env(environ)
    path = instance / "secret_key"
    assert len(first.secret_key) >= 43  # 256 bits
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Settings.from_env(environ).secret_key == first.secret_key == path.read_text()
    assert list(instance.iterdir()) == [path]


@pytest.mark.parametrize(
    "url",
    [
        "banana",
        "mysql://quiz@db.example/quiz",
        "postgresql+psycopg2://quiz@db.example/quiz",
        "postgresql://quiz@db.example:port/quiz",
        "postgresql://quiz:a:b@db.example:5432:77/quiz",
        "sqlite:///file:quiz.sqlite3?uri=true",
    ],
)
def test_a_database_that_is_not_supported_is_refused(url: str) -> None:
    with pytest.raises(BadSetting, match=r"^DATABASE_URL must be an address"):
        settings(DATABASE_URL=url)


@pytest.mark.parametrize(
    "url",
    [
        "http://redis.example",
        "REDIS//",
        "redis://:pa/ss@redis.example:6379",
        "redis://:p[ss@redis.example",
        "redis://redis.example:port",
        "redis://redis.example:6379/0?db=x",
        "redis+sentinel://redis.example:26379",
        "redis+sentinel://redis.example:26379/one/two",
        "redis+sentinel://redis.example/primary?ssl_ca_certs=x",
        "redis+sentinel://a,/primary",
        "redis+cluster://",
        "redis+cluster://a:x",
        "redis+cluster://a:1,::1:2",
        "redis+cluster://a:1/0",
        "redis+ring://a:1",
    ],
)
def test_a_redis_address_that_can_never_work_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(BadSetting, match=r"^REDIS_URL must be redis://") as found:
        create_app(settings(REDIS_URL=url, DATABASE_URL="sqlite://"))
    assert "pa" not in str(found.value).replace("password", "")


@pytest.mark.parametrize(
    "url",
    [
        "redis://redis.example",
        "rediss://user:pass%2Fword@redis.example:6380/3",
        "redis+sentinel://:secret@a:26379,b,[::1]:26380/primary?sentinel_password=x",
        "rediss+cluster://a:1,[2001:db8::1]:2",
    ],
)
def test_every_form_of_a_redis_address_is_accepted(url: str) -> None:
    create_app(settings(REDIS_URL=url, DATABASE_URL="sqlite://"))


@pytest.mark.parametrize("variable", ["SEEKER_AWAY_SECONDS", "PRESENCE_SETTLE_SECONDS"])
def test_presence_must_be_recorded_more_often_than_it_expires(variable: str) -> None:
    with pytest.raises(BadSetting, match=r"^PRESENCE_SECONDS must be less"):
        settings(**{"PRESENCE_SECONDS": "9", variable: "9"})


def test_two_installations_do_not_share_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Settings.from_env({}).secret_key
    monkeypatch.setattr(config, "INSTANCE", tmp_path / "another")
    assert Settings.from_env({}).secret_key != first


def test_the_time_limits_of_the_rules_are_these_settings() -> None:
    assert settings().time_limits == TimeLimits(
        invite_seconds=DAY,
        matchmaking_seconds=600,
        start_seconds=HOUR,
        match_seconds=60,
        match_pause_seconds=60,
        longest_match_pause_seconds=HOUR,
        start_countdown_seconds=3,
        idle_seconds=DAY,
        second_player_seconds=900,
        seeker_away_seconds=30,
        presence_settle_seconds=10,
    )
    names = [f.name for f in fields(TimeLimits)]
    given = {name.upper(): str(number) for number, name in enumerate(names, 100)}
    assert settings(**given).time_limits == TimeLimits(*map(float, given.values()))


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("MAX_STREAMS", "many"),
        ("DATABASE_URL", "banana"),
        ("PASSWORD_HASH_METHOD", "banana"),
    ],
)
def test_the_process_ends_with_one_sentence_that_names_the_variable(
    variable: str, text: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env={"SECRET_KEY": "a-key-for-tests-only", "DATABASE_URL": "sqlite://", variable: text},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert done.stderr.startswith("qader_sse does not start:")
    assert variable in done.stderr
    assert "Traceback" not in done.stderr
