"""The metrics of what people do, of the database, of time, and of the worker itself."""

import platform
import re
from collections.abc import Iterator

from qader_sse.clock import SteadyClock
from qader_sse.metrics.reading import Reading, counter, gauge, histogram, read, read_each
from qader_sse.service import Service
from qader_sse.version import VERSION

BUILD = gauge("qader_build_info", "1 for each worker that runs this version.", "version", "python")
DRAINING = gauge("qader_workers_draining", "Workers that are stopping.")
WORKERS = gauge("qader_workers", "Workers that serve or are stopping.")
HANDOVER = gauge(
    "qader_handover_ok", "Whether streams are written without a greenlet of the server's.",
    merge="livemin",
)  # fmt: skip
USE_CASE = histogram(
    "qader_use_case_seconds", "How long use cases take, retries included.", "use_case", "outcome"
)
USE_CASES_FAILED = counter(
    "qader_use_cases_failed_total", "Use cases that ended in an error that nobody foresaw."
)
STATEMENTS = counter("qader_statements_total", "Statements sent to the database.", "use_case")
ANSWERS = counter("qader_http_answers_total", "Answers to requests.", "method", "route", "status")
SIGN_INS = counter("qader_sign_ins_total", "Attempts to sign in.", "outcome")
PASSWORDS_REFUSED = counter(
    "qader_passwords_refused_total", "Passwords not looked at, because too many waited."
)
LIMITS_HIT = counter("qader_limits_hit_total", "Refusals because of a limit.", "limit")
DATABASE_UP = gauge(
    "qader_database_up", "Whether the database answers and takes writes.", merge="livemin"
)
DATABASE_AGE = gauge(
    "qader_database_answered_seconds_ago", "How long ago the database has answered a check.",
    merge="livemax",
)  # fmt: skip
MIGRATED = gauge(
    "qader_database_migrated", "Whether the tables are those that this version needs.",
    merge="livemin",
)  # fmt: skip
POOL_IN_USE = gauge("qader_pool_in_use", "Connections of the pool in use.", "worker")
POOL_SIZE = gauge("qader_pool_size", "Connections that the pool keeps at most.", "worker")
POOL_WAITING = gauge("qader_pool_waiting", "Who waits for a connection of the pool.", "worker")
POOL_WAIT = histogram("qader_pool_wait_seconds", "Waits for a connection of the pool.")
LOOP_LAG = histogram("qader_loop_lag_seconds", "By how much the event loop was late.")
CLOCK_OFFSET = gauge(
    "qader_clock_offset_seconds", "How far the database's clock is ahead of the node's.", "worker"
)
SWEEPER_LAG = gauge(
    "qader_sweeper_lag_seconds",
    "How late overdue challenges are ended; 0 if none is overdue.",
    merge="livemax",
)
SWEPT = counter("qader_challenges_swept_total", "Challenges ended by their deadline.", "outcome")
TASKS_FAILED = counter(
    "qader_background_tasks_total", "Background tasks that failed or were put off.", "outcome"
)


def readings(service: Service, worker: str) -> Iterator[Reading]:
    """Read what belongs to a worker of this number."""
    yield read(BUILD, 1, VERSION, platform.python_version())
    yield read(WORKERS, 1)
    yield read(DRAINING, float(service.hub.is_lame_duck))
    yield read(HANDOVER, float(service.handover_state.is_ok))
    yield from _of_people(service)
    yield from _of_the_database(service, worker)
    yield from _of_time(service, worker)
    tasks = service.hub.counters
    yield read(TASKS_FAILED, tasks["failed_tasks"], "failed")
    yield read(TASKS_FAILED, tasks["put_off_tasks"], "put_off")


def _of_people(service: Service) -> Iterator[Reading]:
    measures = service.measures
    for (use_case, outcome), seconds in list(measures.seconds.items()):
        yield read(USE_CASE, seconds, use_case, outcome)
    # By itself, because a counter has to be there before it first grows, or Prometheus misses that.
    yield read(USE_CASES_FAILED, measures.failed)
    yield from read_each(STATEMENTS, measures.statements)
    for labels, count in list(service.answers.items()):
        yield read(ANSWERS, count, *labels)
    for outcome in ("ok", "wrong", "limited", "failed"):
        yield read(SIGN_INS, service.sign_ins.outcomes[outcome], outcome)
    yield read(PASSWORDS_REFUSED, service.passwords.refused)
    for name, count in list(service.shares.refusals.items()):
        yield read(LIMITS_HIT, count, _in_words(name))


def _of_the_database(service: Service, worker: str) -> Iterator[Reading]:
    check, pool = service.database_check, service.database.pool
    yield read(
        DATABASE_UP, float(check.is_reachable and service.database.availability.fault is None)
    )
    if check.age_seconds is not None:
        yield read(DATABASE_AGE, check.age_seconds)
    yield read(MIGRATED, float(service.tables.are_migrated))
    yield read(POOL_IN_USE, pool.in_use, worker)
    yield read(POOL_SIZE, pool.size, worker)
    yield read(POOL_WAITING, pool.waiting, worker)
    yield read(POOL_WAIT, pool.waits)


def _of_time(service: Service, worker: str) -> Iterator[Reading]:
    yield read(LOOP_LAG, service.loop_lag.seconds)
    if isinstance(service.clock, SteadyClock):
        yield read(CLOCK_OFFSET, service.clock.offset_seconds, worker)
    yield read(SWEEPER_LAG, service.sweeper.lag_seconds)
    yield read(SWEPT, service.sweeper.ended, "ended")
    yield read(SWEPT, service.sweeper.failed, "failed")


def _in_words(name: str) -> str:
    """Return `too_many_actions` for `TooManyActions`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
