"""The settings, read from the environment; no other module reads it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Literal, Self

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from qader_sse import secret_key
from qader_sse.browser_settings import BrowserSettings
from qader_sse.domain.acts import MAX_NAME
from qader_sse.domain.i18n import LOCALES
from qader_sse.domain.retention_periods import RetentionPeriods
from qader_sse.installation import INSTANCE
from qader_sse.limits.settings import LimitSettings
from qader_sse.listening_settings import ListeningSettings
from qader_sse.log_format import FORMATTERS
from qader_sse.time_settings import DAY, HOUR, TimeSettings

_EMBEDDED_DATABASE = f"sqlite:///{INSTANCE / 'qader.sqlite3'}"

# The largest value of any number: ten years in seconds. More is a mistake, and a date too far away
# cannot be represented.
_MAX = 315_360_000

ENCODE = "In a password, write / @ : # ? [ ] as %2F %40 %3A %23 %3F %5B %5D."


_KEPT_IN_A_FILE = "secret_key"  # unless it is given
Origin = Literal["default", "environment", "file"]


class BadSetting(Exception):
    """A setting that cannot be used. The message names the variable and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(BrowserSettings, LimitSettings, ListeningSettings, TimeSettings):
    """The settings of one process. Durations are in seconds."""

    database_url: str = _EMBEDDED_DATABASE
    # The most connections that a worker opens to PostgreSQL; SQLite needs no limit.
    database_pool_size: int = 10
    # The Redis that carries announcements between workers. Without it, run one worker only.
    redis_url: str = ""
    secret_key: str
    # The language, "en" or "ar", if neither the path nor Accept-Language names one.
    default_locale: str = "en"
    # How lines of the log look: "console", for people, or "json", for programs. gunicorn.conf.py
    # reads it, too.
    log_format: str = "console"
    session_seconds: int = 14 * 24 * 3600  # from signing in, after which people sign in again
    # Whom the audit log names for a command without `--as`, beside the OS user.
    operator: str = ""
    reset_link_seconds: float = DAY  # how long a link of `flask users reset-link` is good for
    max_body_bytes: int = 64 * 1024
    password_hash_method: str = "scrypt:32768:8:1"  # noqa: S105  # Werkzeug's default; each hash takes 32 MiB
    # Passwords are hashed in turns, fair between addresses. Who would wait for longer gets a 503.
    password_wait_seconds: float = 2.0

    # When a node's clock began, so that its workers agree on the time; gunicorn.conf.py sets it.
    clock_anchor: str = ""
    presence_seconds: float = 5.0  # how often workers record who is online
    sweep_seconds: float = 1.0
    # How often workers note how far their streams have come: what `explain` says is as exact.
    stream_note_seconds: float = 2.0

    # How long rows are kept. A challenge is kept after its end for two years, in which pupils
    # prepare for their examination. Its events are kept for a week: a stream that resumes later
    # gets a snapshot.
    challenge_retention_seconds: float = 730 * DAY
    log_retention_seconds: float = 7 * DAY
    notification_retention_seconds: float = 7 * DAY
    # Counted from when a session was ended, or ran out.
    session_retention_seconds: float = 7 * DAY
    # A phone that got no answer repeats its request within seconds; people may do so within a day.
    idempotency_key_retention_seconds: float = DAY
    # Counted from when a worker last wrote its row.
    presence_retention_seconds: float = DAY
    # What operators did: for a school year, and the time in which somebody asks.
    audit_retention_seconds: float = 365 * DAY
    trim_seconds: float = 60.0  # how often workers delete what has passed its retention

    heartbeat_seconds: float = 15.0
    retry_seconds: float = 2.0
    # A client that for this long does not finish its request, or takes none of the bytes written to
    # it, is cut. If it was a stream's, it reconnects and resumes at its cursor.
    peer_timeout_seconds: float = 30.0
    # How long the rest of a request's head may take, once it has begun; its body; and the client in
    # taking the answer. Bodies and answers have more time by their size.
    head_seconds: float = 10.0
    body_seconds: float = 10.0
    answer_seconds: float = 10.0
    slowest_bytes_per_second: float = 4_000.0
    # How often each worker catches up with the log, because announcements may be lost.
    catch_up_seconds: float = 2.0
    # How often each worker catches up without Redis, or while Redis is down: then nothing else
    # shows what other processes wrote. Below a second, because signing out ends streams within a
    # second.
    degraded_catch_up_seconds: float = 0.5
    # How long a connection of a trusted proxy may be idle between two requests. Longer than proxies
    # keep theirs, or they would send requests into connections that are being closed: nginx and ALB
    # for 60, Heroku for 90, Caddy for 120 seconds.
    keepalive_seconds: float = 130.0
    max_streams: int = 3_500
    # A stream is closed after about this long, with a jitter of a quarter. Its client reconnects,
    # and is authorised again.
    max_age_seconds: float = HOUR
    # A worker that is to stop serves on for this long while others take over, then drains.
    lame_duck_seconds: float = 2.0
    # A worker that stops closes its streams in waves over this time, below graceful_timeout.
    drain_seconds: float = 5.0

    @property
    def noting_silence_seconds(self) -> float:
        """How long a worker may have noted nothing of its streams before it counts as ended."""
        return max(30.0, 10 * self.stream_note_seconds)

    @property
    def retention_periods(self) -> RetentionPeriods:
        return RetentionPeriods(
            log_seconds=self.log_retention_seconds,
            challenge_seconds=self.challenge_retention_seconds,
            notification_seconds=self.notification_retention_seconds,
            session_seconds=self.session_retention_seconds,
            session_lifetime_seconds=self.session_seconds,
            idempotency_key_seconds=self.idempotency_key_retention_seconds,
            presence_seconds=self.presence_retention_seconds,
            audit_seconds=self.audit_retention_seconds,
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings. Raises BadSetting for a value that cannot be used.

        Each field is read from the variable of its name in capitals, as `INVITE_SECONDS`. An empty
        variable counts as not set.
        """
        given: dict[str, object] = {
            f.name: _parse(f.name.upper(), environ[f.name.upper()], type(f.default))
            for f in fields(cls)
            if f.name != "secret_key" and environ.get(f.name.upper(), "") != ""
        }
        url = _with_driver(str(given.get("database_url", _EMBEDDED_DATABASE)))
        given["database_url"] = url
        if url.startswith("sqlite"):
            INSTANCE.mkdir(mode=0o700, exist_ok=True)
        key = environ.get("SECRET_KEY", "")
        # With SQLite there is one machine. Several share a key, which only their operator can give.
        given["secret_key"] = key or (secret_key.own(INSTANCE) if url.startswith("sqlite") else "")
        if mistake := secret_key.mistake(str(given["secret_key"])):
            raise BadSetting(mistake)
        return cls(**given)  # type: ignore[arg-type]  # parsed to the field's type just above

    @classmethod
    def origins(cls, environ: Mapping[str, str] = os.environ) -> dict[str, Origin]:
        """Return where each setting of this process comes from, as `from_env` reads them."""

        def origin(name: str) -> Origin:
            if environ.get(name.upper(), "") != "":
                return "environment"
            return "file" if name == _KEPT_IN_A_FILE else "default"

        return {f.name: origin(f.name) for f in fields(cls)}

    def __post_init__(self) -> None:
        if not _is_served(self.database_url):
            raise BadSetting(
                "DATABASE_URL must be an address like postgresql://user:password@host/name or"
                f" sqlite:////path/to/file. {ENCODE}"
            )
        for mistake in (
            *self._unusable_words(),
            *self.mistakes(),
            *self.limit_mistakes(),
            *self.listening_mistakes(),
        ):
            raise BadSetting(mistake)
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                _require_range(f.name.upper(), value)
        if self.challenge_retention_seconds < DAY:
            raise BadSetting(
                "CHALLENGE_RETENTION_SECONDS must be at least a day (86400): so long are a"
                " person's invites counted."
            )
        if self.presence_retention_seconds < self.seeker_away_seconds:
            raise BadSetting(
                "PRESENCE_RETENTION_SECONDS must be at least SEEKER_AWAY_SECONDS, or who is there"
                " would count as away."
            )
        if self.presence_seconds >= min(self.seeker_away_seconds, self.presence_settle_seconds):
            raise BadSetting(
                "PRESENCE_SECONDS must be less than SEEKER_AWAY_SECONDS and PRESENCE_SETTLE_SECONDS,"
                " or who is there would count as away in between."
            )

    def _unusable_words(self) -> Iterator[str]:
        if self.default_locale not in LOCALES:
            yield "DEFAULT_LOCALE must be en or ar."
        if self.log_format not in FORMATTERS:
            yield "LOG_FORMAT must be console or json."
        if self.password_hash_method.partition(":")[0] not in ("scrypt", "pbkdf2"):
            yield "PASSWORD_HASH_METHOD must begin with scrypt or pbkdf2."
        if len(self.operator) > MAX_NAME:
            yield f"OPERATOR must have at most {MAX_NAME} characters: the audit log has room for no more."


def _is_served(url: str) -> bool:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return False
    # What SQLite calls a URI would be taken for the path of a file.
    is_uri = (parsed.database or "").startswith("file:")
    return parsed.drivername in ("sqlite", "postgresql+psycopg") and not is_uri


def _with_driver(url: str) -> str:
    """Name psycopg as the driver in an address with `postgres://` or `postgresql://`."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in ("postgres", "postgresql") else url


def _require_range(variable: str, value: float) -> None:
    if not value > 0:
        raise BadSetting(f"{variable} must be greater than 0, not {value}.")
    if value > _MAX:
        raise BadSetting(f"{variable} must be at most {_MAX}, not {value}.")


def _parse(variable: str, text: str, kind: type) -> object:
    try:
        if kind is bool:
            return {"1": True, "true": True, "0": False, "false": False}[text.lower()]
        if kind is tuple:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        return kind(text)
    except (ValueError, KeyError):
        raise BadSetting(
            f"{variable} must be {_EXPECTED[kind]}, not {text!r}. Correct it or unset it."
        ) from None


_EXPECTED = {int: "a whole number", float: "a number of seconds", bool: "true or false"}
