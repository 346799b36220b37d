"""Settings: frozen, from the environment. The only module that reads it."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from qader_sse.domain.i18n import LOCALES
from qader_sse.domain.rules import TimeLimits

ROOT = Path(__file__).parents[1]
_INSTANCE = ROOT / "instance"
_EMBEDDED_DATABASE = f"sqlite:///{_INSTANCE / 'qader.sqlite3'}"

# Ten years in seconds: more is a mistake, and times that far off cannot be written.
_MOST = 315_360_000

ENCODE = "In a password, write / @ : # ? [ ] as %2F %40 %3A %23 %3F %5B %5D."

HOUR = 3600.0
DAY = 24 * HOUR


class BadSetting(Exception):
    """A setting that cannot be used; the text names the variable and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one process behaves. Durations in seconds."""

    database_url: str = _EMBEDDED_DATABASE
    # Connections a worker opens at most; PostgreSQL only.
    database_pool_size: int = 10
    # Carries announcements between workers; without it, there may be only one.
    redis_url: str = ""
    secret_key: str
    # Where neither the path nor Accept-Language says which language: "en" or "ar".
    default_locale: str = "en"
    secure_cookie: bool = False
    session_seconds: int = 14 * 24 * 3600  # from signing in; then one signs in again
    max_body_bytes: int = 64 * 1024
    password_hash_method: str = "scrypt:32768:8:1"  # noqa: S105  # werkzeug's default, 32 MiB a hash

    # Where a node's clock began, so that its workers share it; gunicorn's master sets it.
    clock_anchor: str = ""
    invite_seconds: float = DAY
    matchmaking_seconds: float = 600.0
    start_seconds: float = HOUR
    idle_seconds: float = DAY
    # Of one person's invites of the last 24 hours, this many may go without being accepted.
    max_invites_per_day: int = 100
    # Who looks for an opponent and has had no stream open for this long is passed over.
    seeker_away_seconds: float = 30.0
    presence_seconds: float = 5.0  # how often workers note who is there
    sweep_seconds: float = 1.0

    # How long the events of a challenge are kept after its end; its result stays for good.
    log_retention_seconds: float = 7 * DAY
    trim_seconds: float = 60.0  # how often workers look for such events

    heartbeat_seconds: float = 15.0
    retry_seconds: float = 2.0
    # A peer that neither takes nor sends for this long, where it should, is cut. A reader
    # resumes where it was.
    peer_timeout_seconds: float = 30.0
    # Each worker compares its topics with the log this often: announcements may get lost.
    catch_up_seconds: float = 2.0
    # The same while the bus is away, and this is all that streams have.
    degraded_catch_up_seconds: float = 0.5
    # Signing out ends a person's streams within a second.
    session_check_seconds: float = 0.5
    max_streams: int = 3_500
    # A stream lives about this long, spread by a quarter; coming back, it is checked anew.
    max_age_seconds: float = HOUR
    # A worker that is told to leave serves on for so long while others take over, then drains.
    lame_duck_seconds: float = 2.0
    # A worker that leaves ends its streams in waves over this time; below graceful_timeout.
    drain_seconds: float = 5.0

    @property
    def time_limits(self) -> TimeLimits:
        return TimeLimits(
            invite_seconds=self.invite_seconds,
            matchmaking_seconds=self.matchmaking_seconds,
            start_seconds=self.start_seconds,
            idle_seconds=self.idle_seconds,
            seeker_away_seconds=self.seeker_away_seconds,
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; raise BadSetting for a value that cannot be used.

        Each field is read from the variable of its name in capitals: `INVITE_SECONDS`.
        """
        given: dict[str, object] = {
            f.name: _parse(f.name.upper(), environ[f.name.upper()], type(f.default))
            for f in fields(cls)
            if f.name != "secret_key" and environ.get(f.name.upper(), "") != ""
        }
        url = _with_driver(str(given.get("database_url", _EMBEDDED_DATABASE)))
        given["database_url"] = url
        if url.startswith("sqlite"):
            _INSTANCE.mkdir(exist_ok=True)
        given["secret_key"] = environ.get("SECRET_KEY") or _own_key(url)
        return cls(**given)  # type: ignore[arg-type]  # parsed to the field's type just above

    def __post_init__(self) -> None:
        if self.default_locale not in LOCALES:
            raise BadSetting("DEFAULT_LOCALE must be en or ar.")
        if self.password_hash_method.partition(":")[0] not in ("scrypt", "pbkdf2"):
            raise BadSetting("PASSWORD_HASH_METHOD must begin with scrypt or pbkdf2.")
        if not _is_served(self.database_url):
            raise BadSetting(
                "DATABASE_URL must be an address like postgresql://user:password@host/name or"
                f" sqlite:///file. {ENCODE}"
            )
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                _require_range(f.name.upper(), value)
        if self.presence_seconds >= self.seeker_away_seconds:
            raise BadSetting(
                "PRESENCE_SECONDS must be less than SEEKER_AWAY_SECONDS, or who is there would"
                " count as away in between."
            )


def _is_served(url: str) -> bool:
    try:
        return make_url(url).drivername in ("sqlite", "postgresql+psycopg")
    except (ArgumentError, ValueError):
        return False


def _with_driver(url: str) -> str:
    """Say which driver: the two usual ways to write a PostgreSQL address leave it open."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in ("postgres", "postgresql") else url


def _require_range(variable: str, value: float) -> None:
    if not value > 0:
        raise BadSetting(f"{variable} must be greater than 0, not {value}.")
    if value > _MOST:
        raise BadSetting(f"{variable} must be at most {_MOST}, not {value}.")


def _parse(variable: str, text: str, kind: type) -> object:
    try:
        if kind is bool:
            return {"1": True, "true": True, "0": False, "false": False}[text.lower()]
        return kind(text)
    except (ValueError, KeyError):
        raise BadSetting(
            f"{variable} must be {_EXPECTED[kind]}, not {text!r}. Correct it or unset it."
        ) from None


_EXPECTED = {int: "a whole number", float: "a number of seconds", bool: "true or false"}


def _own_key(database_url: str) -> str:
    """Return a random key that this installation made for itself and keeps.

    Only where the database is embedded, that is one machine: several machines must
    share a key, and only their operator can give them one.
    """
    if not database_url.startswith("sqlite"):
        raise BadSetting("SECRET_KEY is not set: give every node the same long random text.")
    path = _INSTANCE / "secret_key"
    if not path.exists():
        # Written whole before it has its name: of two processes that start at once, one key wins.
        draft = _INSTANCE / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
