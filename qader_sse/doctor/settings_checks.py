"""The settings, the versions, and what this machine gives the service."""

import resource
from collections.abc import Iterator
from importlib import metadata
from subprocess import CalledProcessError  # nosec B404  # the error alone
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement

from qader_sse import process_limits
from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Check, Finding, Part
from qader_sse.installation import ROOT, SERVE

# Proxies cut what is silent for a minute. Twice in that time something has to come.
_LONGEST_HEARTBEAT_SECONDS = 30


def gunicorn(exam: Examination) -> Iterator[Finding]:
    try:
        config = exam.gunicorn
    except CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["it says nothing"])[-1]
        yield Finding(
            "gunicorn_refuses",
            f"gunicorn refuses its configuration: {reason}",
            f"Start it by hand and read what it says: {SERVE}",
            ends_part=True,
        )
        return
    if config["worker_class"] != "gevent":
        yield Finding(
            "worker_class",
            f"gunicorn's worker_class is {config['worker_class']}: each stream would take a thread"
            " or a process for itself.",
            "Take --worker-class out of the command and of GUNICORN_CMD_ARGS; gunicorn.conf.py"
            " names gevent.",
        )
    if config["preload_app"] == "True":
        yield Finding(
            "preload_app",
            "gunicorn loads the service before gevent has patched Python: a query of PostgreSQL"
            " stops all streams of its worker.",
            "Take --preload out of the command and of GUNICORN_CMD_ARGS.",
        )
    yield from _several_workers(exam, int(config["workers"]))
    stopping = exam.settings.lame_duck_seconds + exam.settings.drain_seconds
    if process_limits.is_killed_while_stopping(stopping, int(config["graceful_timeout"])):
        yield Finding(
            "graceful_timeout",
            f"A stopping worker takes {stopping:g} s, and gunicorn kills it after"
            f" {config['graceful_timeout']} s.",
            "Lower DRAIN_SECONDS, or raise --graceful-timeout.",
        )


def _several_workers(exam: Examination, workers: int) -> Iterator[Finding]:
    if workers > 1 and exam.is_sqlite:
        yield Finding(
            "workers_on_sqlite",
            f"{workers} workers are configured, and SQLite serves one only.",
            "Set WEB_CONCURRENCY=1, or point DATABASE_URL to PostgreSQL.",
        )
    elif workers > 1 and not exam.settings.redis_url:
        yield Finding(
            "workers_without_redis",
            f"{workers} workers are configured, and REDIS_URL is not set: events come up to half a"
            " second late.",
            "Set REDIS_URL=redis://host:port.",
        )


def open_files(exam: Examination) -> Iterator[Finding]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = max(soft, min(hard, process_limits.MOST_FILES))
    needed = process_limits.files_needed(exam.settings.max_streams)
    if needed > files:
        yield Finding(
            "open_files",
            f"MAX_STREAMS is {exam.settings.max_streams}, which needs {needed} open files, and a"
            f" process may have {files} here.",
            f"Raise the limit (LimitNOFILE={needed} in a systemd unit, ulimit -n {needed} in a"
            f" shell), or set MAX_STREAMS={process_limits.most_streams(files)}.",
        )


def values(exam: Examination) -> Iterator[Finding]:
    settings = exam.settings
    if settings.heartbeat_seconds > _LONGEST_HEARTBEAT_SECONDS:
        yield Finding(
            "heartbeat",
            f"Streams are silent for up to {settings.heartbeat_seconds:g} s, and most proxies cut"
            " what is silent for 60 s.",
            f"Set HEARTBEAT_SECONDS to {_LONGEST_HEARTBEAT_SECONDS} or less; 15 is the default.",
        )
    if not settings.fair_shares and not settings.is_local:
        yield Finding(
            "fair_shares",
            "FAIR_SHARES is false, and other machines reach the service: whoever wants can take it"
            " from all others.",
            "Unset FAIR_SHARES.",
        )
    host = (urlsplit(exam.options.url).hostname or "").lower()
    domain = settings.cookie_domain
    if host and domain and host != domain and not host.endswith(f".{domain}"):
        yield Finding(
            "cookie_domain",
            f"COOKIE_DOMAIN is {domain}, and browsers refuse such a cookie from {host}: nobody can"
            " sign in there.",
            f"Set COOKIE_DOMAIN to a domain of {host}, or unset it.",
        )


def versions(exam: Examination) -> Iterator[Finding]:
    """Compare what is installed with the lock file; from a wheel, with what the wheel requires."""
    lock = ROOT / "requirements.txt"
    if lock.exists():
        wanted, files = lock.read_text(), "--require-hashes -r requirements.txt"
    else:
        wanted, files = "\n".join(metadata.requires("qader-sse") or ()), "the wheel of the service"
    if others := different_versions(wanted):
        yield Finding(
            "versions",
            "Other versions are installed than the service was tested with, some of whose private"
            f" parts it uses: {', '.join(others)}.",
            f"Install those, with the pip of the service's environment: pip install {files}",
        )


def different_versions(lock: str) -> list[str]:
    """Return the packages whose versions are not those of a lock file, with both versions."""
    different = []
    for line in lock.splitlines():
        try:
            pin = Requirement(line.removesuffix("\\").strip())
        except InvalidRequirement:
            continue  # a hash, or a comment
        found = _installed(pin.name)
        is_wanted = pin.marker is None or pin.marker.evaluate()
        if is_wanted and not pin.specifier.contains(found or "0", prereleases=True):
            different.append(f"{pin.name} {found or 'missing'} ({pin.specifier} is wanted)")
    return different


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


SETTINGS = Part(
    "settings",
    lambda exam: True,
    (
        Check("values", values),
        Check("versions of libraries", versions),
        Check("open files", open_files),
        Check("gunicorn", gunicorn),
    ),
)
