"""Many duels whose time runs out within one second, and how soon their players hear of it."""

import argparse
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median

from sqlalchemy import bindparam, update

from bench import client_process, cores, reconnect_storm, seeded_duels
from bench.delivery_check import Counts, Entry, Key
from bench.deployment import MAX_STREAMS, STARTS_SECONDS, Deployment, deployed
from bench.parts import Part
from bench.reconnect_storm import Reconnect
from bench.report import Cell, Section, Table, page
from bench.resume import check
from bench.resume_report import NEVER
from bench.seeded_duels import SeededDuel
from cluster.signals import end_by_interrupt
from qader_sse.store import models
from qader_sse.store.column_types import UtcDateTime

logger = logging.getLogger(__name__)

DUELS = 1_000
# Streams are opened before, at a rate that a busy worker keeps up with.
_OPENED_PER_SECOND = 250
_ROUND_SECONDS = 25.0  # about, the writing of the duels included
_START_SECONDS, _QUIET_SECONDS, _TIMEOUT_SECONDS = 2.0, 2.0, 60.0
# Between two rounds most are away for more than the usual ten seconds: their duels would tell it, before
# the end that is expected next.
_SETTLE_SECONDS = "3600"


@dataclass(frozen=True, slots=True)
class Round:
    """Times in seconds from when the first duel may end; NEVER for a player who was not told."""

    told_after: list[float]
    messages: Counts
    worker_seconds: float  # of CPU, from then on

    @property
    def all_told_after(self) -> float:
        return max(self.told_after)


def parts(rounds: int | None = None) -> list[Part]:
    """Return what there is to measure."""
    rounds = rounds or 3
    seconds = STARTS_SECONDS + rounds * _ROUND_SECONDS
    return [Part("endings", "Endings", "SQLite, 1 worker", seconds, lambda: measure(rounds))]


def measure(rounds: int, duels: int = DUELS) -> Section:
    settings = {"MAX_STREAMS": MAX_STREAMS, "PRESENCE_SETTLE_SECONDS": _SETTLE_SECONDS}
    with deployed("sqlite", 1, pinned=True, **settings) as deployment:
        return section(duels, endings(deployment, duels, rounds))


def endings(deployment: Deployment, duels: int, rounds: int = 1) -> list[Round]:
    """Have so many duels end in one second, once a round."""
    people = deployment.create_accounts(2 * duels, "player")
    found = []
    for _ in range(rounds):
        found.append(_round(deployment, seeded_duels.create(deployment, people)))
        logger.info("%d duels: all told after %.2f s", duels, found[-1].all_told_after)
    return found


def _round(deployment: Deployment, duels: Sequence[SeededDuel]) -> Round:
    begin_at = time.monotonic() + _START_SECONDS
    opening_seconds = 2 * len(duels) / _OPENED_PER_SECOND
    run_out_at = begin_at + opening_seconds + _QUIET_SECONDS
    _set_deadlines(deployment, duels, run_out_at)
    ends = [_end(duel) for duel in duels for _ in duel.viewers]
    watching = client_process.start(
        reconnect_storm.run,
        reconnect_storm.Plan(
            deployment.port,
            [
                Reconnect(duel.challenge_id, viewer.cookie, duel.head, _end(duel).head)
                for duel in duels
                for viewer in duel.viewers
            ],
            begin_at,
            spread_seconds=opening_seconds,
            timeout_seconds=run_out_at - begin_at + _TIMEOUT_SECONDS,
            core=deployment.client_core,
        ),
    )
    may_end_at = run_out_at + deployment.service.settings.arrival_grace_seconds
    time.sleep(max(0.0, may_end_at - time.monotonic()))
    before = cores.cpu_seconds(deployment.pids["workers"])
    received = watching.result().received
    worker_seconds = cores.cpu_seconds(deployment.pids["workers"]) - before
    messages = Counts()
    for end, one in zip(ends, received, strict=True):
        messages.add(check(end, one))
    told_after = [NEVER if r.complete_at is None else r.complete_at - may_end_at for r in received]
    return Round(told_after, messages, worker_seconds)


def _end(duel: SeededDuel) -> SeededDuel:
    """Return a duel after its end: what each viewer must receive of that, in order."""
    scores = {entry.key.user_id: entry.key.score for entry in duel.missed}  # the latest of each
    keys = [Key("participant.update", one.id, score=scores[one.id]) for one in duel.viewers]
    keys.append(Key("challenge.end", 0))
    missed = tuple(Entry(seq, key) for seq, key in enumerate(keys, duel.head + 1))
    return replace(duel, head=duel.head + len(missed), missed=missed)


def _set_deadlines(deployment: Deployment, duels: Sequence[SeededDuel], run_out_at: float) -> None:
    """Have the time of the duels run out evenly over a second; both players count as online."""
    first = deployment.service.clock() + timedelta(seconds=run_out_at - time.monotonic())
    gap = timedelta(seconds=1) / len(duels)
    rows = [
        {"challenge_id": duel.challenge_id, "at": first + number * gap}
        for number, duel in enumerate(duels)
    ]
    at = bindparam("at", type_=UtcDateTime)
    with deployment.service.database.transaction() as tx:
        deadlines = update(models.Challenge).where(models.Challenge.id == bindparam("challenge_id"))
        tx.connection.execute(deadlines.values(deadline_at=at, due_at=at), rows)
        tx.connection.execute(update(models.Attempt).values(is_online=True))


def section(duels: int, rounds: Sequence[Round]) -> Section:
    messages = Counts()
    for one in rounds:
        messages.add(one.messages)
    told = sum(after < NEVER for one in rounds for after in one.told_after)
    row: list[Cell] = [
        f"{duels:,}",
        len(rounds),
        median(one.all_told_after for one in rounds),
        1000 * median(one.worker_seconds for one in rounds) / duels,
        2 * duels * len(rounds) - told,
        *(messages.lost, messages.doubled, messages.disordered),
    ]
    problems = (
        [f"{wrong} messages lost, doubled or out of order"] if (wrong := messages.wrong) else []
    )
    return Section("Endings", _TEXT, [Table(_HEADS, [row])], problems=problems)


_TEXT = """\
The time of all duels runs out within one second, evenly, on one worker with SQLite that has one core.
Both players of each watch by SSE. Times are from when the first duel may end, so the last one may a
second later; each player must receive its end, once. Medians of the rounds.
"""
_HEADS = (
    "duels", "rounds", "all told after, s", "worker CPU a duel, ms", "not told", "lost", "doubled", "out of order",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.endings", description=__doc__)
    parser.add_argument("--duels", type=int, default=DUELS)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    end_by_interrupt()
    print(page("# Endings\n", {}, [measure(options.rounds, options.duels)], ""))


if __name__ == "__main__":
    main()
