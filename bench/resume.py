"""Thousands of viewers reconnect in the same second, each twenty messages behind."""

import argparse
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from bench import client_process, delivery_check, duel_load, reconnect_storm, seeded_duels
from bench.delivery_check import Counts
from bench.deployment import MAX_STREAMS, STARTS_SECONDS, Backend, Deployment, deployed
from bench.duel_cases import quantile_ms
from bench.duel_load import LoadResult
from bench.parts import Part
from bench.protocols import SseReader, Unreadable
from bench.reconnect_storm import Received, Reconnect, StormResult
from bench.report import Section, page
from bench.resume_report import (
    LIVE_PAIRS,
    LIVE_RATE,
    NEVER,
    QUIET_SECONDS,
    Round,
    Row,
    section,
)
from bench.seeded_duels import SeededDuel
from cluster.signals import end_by_interrupt
from cluster.waiting import wait_until
from conformance.sequence import compare

logger = logging.getLogger(__name__)

VIEWERS = 5_000
# The next storm waits this long at most until the service has noticed, at its heartbeats, that the
# viewers of the last one have left.
_LEAVING_SECONDS = 90
# A worker's open files besides the viewers' streams: the database's, and streams of live duels
# whose end it has not noticed yet.
_OTHER_FILES = 50
# About how long it takes to write the duels; and, after a storm, to play out and to check the others.
_SEEDING_SECONDS, _ENDS_SECONDS = 15.0, 4.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How long each part of a round lasts, in seconds."""

    start: float = 3.0  # until the clients' processes run
    warm_up: float = 3.0  # of the live duels
    quiet: float = QUIET_SECONDS
    timeout: float = 20.0  # of the storm; the live duels go on until then

    @property
    def total(self) -> float:
        return self.start + self.warm_up + self.quiet + self.timeout


def parts(rounds: int | None = None) -> list[Part]:
    """Return what there is to measure: viewers who reconnect to one worker, and to two."""
    return [
        _part("SQLite, 1 worker", "sqlite", 1, rounds or 5),
        _part("PostgreSQL + Redis, 2 workers", "postgres", 2, rounds or 1),
    ]


def _part(what: str, backend: Backend, workers: int, rounds: int) -> Part:
    seconds = STARTS_SECONDS + _SEEDING_SECONDS + rounds * (Timing().total + _ENDS_SECONDS)

    def measure() -> Section:
        return section([storms(backend, workers, VIEWERS, rounds)])

    return Part("resume", "Resume", what, seconds, measure)


def storms(
    backend: Backend,
    workers: int,
    viewers: int,
    rounds: int,
    timing: Timing = Timing(),
) -> Row:
    """Have `viewers` reconnect once a round; each duel has two of them."""
    pinned = workers == 1
    with deployed(backend, workers, pinned=pinned, MAX_STREAMS=MAX_STREAMS) as deployment:
        duels = seeded_duels.create(deployment, deployment.create_accounts(viewers, "viewer"))
        people = deployment.create_accounts(2 * LIVE_PAIRS, "live")
        pairs = list(zip(people[::2], people[1::2], strict=True))
        row = Row(deployment.title, viewers)
        files = _open_files(deployment)
        for _ in range(rounds):
            wait_until(lambda: _open_files(deployment) < files + _OTHER_FILES, _LEAVING_SECONDS)
            row.rounds.append(_storm(deployment, duels, pairs, timing))
            logger.info("%s: complete after %.2f s", row.where, row.rounds[-1].all_complete_after)
    return row


def _storm(
    deployment: Deployment,
    duels: Sequence[SeededDuel],
    pairs: Sequence[duel_load.Pair],
    timing: Timing,
) -> Round:
    begin_at = time.monotonic() + timing.start + timing.warm_up + timing.quiet
    live = duel_load.Plan(
        port=deployment.port,
        pairs=pairs,
        seconds=timing.quiet + timing.timeout,
        rate=LIVE_RATE,
        warm_up_seconds=timing.warm_up,
        core=deployment.client_core,
        pids=deployment.pids,
    )
    reconnects = [
        Reconnect(duel.challenge_id, viewer.cookie, duel.cursor, duel.head)
        # All first players, then all second ones, so that two of a duel are not neighbours.
        for seat in (0, 1)
        for duel in duels
        for viewer in (duel.viewers[seat],)
    ]
    storm = reconnect_storm.Plan(
        deployment.port,
        reconnects,
        begin_at,
        timeout_seconds=timing.timeout,
        core=deployment.client_core,
    )
    playing = client_process.start(duel_load.play, live)
    reconnecting = client_process.start(reconnect_storm.run, storm)
    return _evaluate(begin_at, [*duels, *duels], reconnecting.result(), playing.result())


def _evaluate(
    begin_at: float, duels: Sequence[SeededDuel], storm: StormResult, live: LoadResult
) -> Round:
    messages = Counts()
    complete_after = []
    for duel, received in zip(duels, storm.received, strict=True):
        found = check(duel, received)
        messages.add(found)
        complete_at = received.complete_at
        if complete_at is not None and found == Counts(expected=seeded_duels.EVENTS):
            complete_after.append(complete_at - begin_at)
        else:
            complete_after.append(NEVER)
    last = max((r.complete_at or 0.0 for r in storm.received), default=0.0)
    # Answers that were sent during the storm: they may be seen long after it.
    before = [(at, seconds) for at, seconds in live.seen if at < begin_at]
    during = [(at, seconds) for at, seconds in live.seen if begin_at <= at - seconds < last]
    return Round(
        complete_after,
        messages,
        live,
        quantile_ms(before, 0.99),
        quantile_ms(during, 0.99),
        storm.cores,
        sum(received.deferred for received in storm.received),
    )


def check(duel: SeededDuel, received: Received) -> Counts:
    """Compare what was received with exactly what was missed, in order.

    A viewer who was not complete in time is expected to have the first of them, as many as came.
    What comes behind them is none of it: in a storm of some seconds, who is back is online.
    """
    reader = SseReader()
    try:
        entries = [
            delivery_check.entry(message)
            for message in reader.feed(received.content)
            if message.seq is None or message.seq <= duel.head
        ]
    except (Unreadable, ValueError):
        entries = []
    expected = duel.missed if received.complete_at is not None else duel.missed[: len(entries)]
    diff = compare(expected, entries)
    return Counts(len(expected), diff.lost, diff.doubled, diff.disordered)


def _open_files(deployment: Deployment) -> int:
    return sum(psutil.Process(pid).num_fds() for pid in deployment.pids["workers"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.resume", description="Reconnect.")
    parser.add_argument("--viewers", type=int, default=VIEWERS)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--backend", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds a storm may take")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    end_by_interrupt()
    workers = 1 if options.backend == "sqlite" else 2
    row = storms(
        options.backend,
        workers,
        options.viewers,
        options.rounds,
        Timing(timeout=options.timeout),
    )
    print(page("# Resume\n", {}, [section([row])], ""))


if __name__ == "__main__":
    main()
