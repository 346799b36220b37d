"""Many people who search for an opponent at the same moment, and how soon all are matched."""

import argparse
import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import select

from bench import client_process, cores
from bench.accounts import Account
from bench.connections import DuelFailed, RestConnection, Totals
from bench.deployment import NAMES, STARTS_SECONDS, Backend, Deployment, deployed
from bench.parts import Part
from bench.players import CHALLENGE_TYPE
from bench.report import Cell, Section, Table, page
from cluster.signals import end_by_interrupt
from qader_sse.store import models

logger = logging.getLogger(__name__)

SEEKERS = 1_000
BACKENDS: tuple[Backend, ...] = ("sqlite", "postgres")
_START_SECONDS = 2.0
_ROUND_SECONDS = 8.0  # about


@dataclass(frozen=True, slots=True)
class Plan:
    port: int
    people: Sequence[Account]
    begin_at: float  # of time.monotonic
    core: int | None = None


@dataclass(frozen=True, slots=True)
class Searched:
    """When the last search was answered, in seconds, and how many answers told to try again."""

    all_answered_after: float
    deferred: int
    failed: Counter[str]


@dataclass(frozen=True, slots=True)
class Round:
    """What came of the searches: `matches` are counted by person, and each is to have one."""

    searched: Searched
    matches: Counter[int]
    worker_seconds: float  # of CPU

    @property
    def unmatched(self) -> int:
        return sum(count == 0 for count in self.matches.values())

    @property
    def in_two(self) -> int:
        return sum(count > 1 for count in self.matches.values())


def search(plan: Plan) -> Searched:
    """Have all search at once; a search that is deferred is sent again when it was asked to."""
    client_process.prepare(plan.core)
    return asyncio.run(_search(plan))


async def _search(plan: Plan) -> Searched:
    totals = Totals()
    await asyncio.sleep(plan.begin_at - time.monotonic())
    answered = await asyncio.gather(*(_one(plan, one, totals) for one in plan.people))
    return Searched(max(answered) - plan.begin_at, totals.deferred, totals.failed)


async def _one(plan: Plan, person: Account, totals: Totals) -> float:
    connection = RestConnection(plan.port, totals)
    try:
        await connection.post(person.cookie, "", {"challenge_type": CHALLENGE_TYPE})
    except DuelFailed as failed:
        totals.failed[str(failed)] += 1
    connection.close()
    return time.monotonic()


def parts(rounds: int | None = None) -> list[Part]:
    """Return what there is to measure, each backend by itself."""
    return [_part(backend, rounds or 5) for backend in BACKENDS]


def _part(backend: Backend, rounds: int) -> Part:
    seconds = STARTS_SECONDS + rounds * _ROUND_SECONDS

    def measure_one() -> Section:
        return measure(rounds, backends=[backend])

    return Part("searches", "Searches", NAMES[backend], seconds, measure_one)


def measure(rounds: int, seekers: int = SEEKERS, backends: Sequence[Backend] = BACKENDS) -> Section:
    """Have people search on one worker with SQLite, and on two with PostgreSQL and Redis."""
    found = {}
    for backend in backends:
        workers = 1 if backend == "sqlite" else 2
        with deployed(backend, workers, pinned=workers == 1) as deployment:
            found[deployment.title] = searches(deployment, seekers, rounds)
    return section(seekers, found)


def searches(deployment: Deployment, seekers: int, rounds: int = 1) -> list[Round]:
    """Have so many people search at once, others in each round."""
    found = []
    for number in range(rounds):
        people = deployment.create_accounts(seekers, f"seeker{number}x")
        found.append(_round(deployment, people))
        after = found[-1].searched.all_answered_after
        logger.info("%d seekers: all matched after %.2f s", seekers, after)
    return found


def _round(deployment: Deployment, people: Sequence[Account]) -> Round:
    begin_at = time.monotonic() + _START_SECONDS
    plan = Plan(deployment.port, people, begin_at, deployment.client_core)
    before = cores.cpu_seconds(deployment.pids["workers"])
    searched = client_process.start(search, plan).result()
    worker_seconds = cores.cpu_seconds(deployment.pids["workers"]) - before
    return Round(searched, _matches(deployment, people), worker_seconds)


def _matches(deployment: Deployment, people: Sequence[Account]) -> Counter[int]:
    """Return in how many matches each of these people is."""
    players = select(models.Challenge.challenger_id, models.Challenge.opponent_id)
    with deployment.service.database.autocommit() as connection:
        rows = connection.execute(players.where(models.Challenge.status == "accepted"))
        found = Counter(player for row in rows for player in row)
    return Counter({person.id: found[person.id] for person in people})


def section(seekers: int, found: Mapping[str, Sequence[Round]]) -> Section:
    problems = [
        f"{where}: {problem}" for where, rounds in found.items() for problem in _problems(rounds)
    ]
    rows = [
        [where, seekers, len(rounds), *_figures(seekers, rounds)] for where, rounds in found.items()
    ]
    return Section("Searches", _TEXT, [Table(_HEADS, rows)], problems=problems)


def _figures(seekers: int, rounds: Sequence[Round]) -> list[Cell]:
    return [
        median(one.searched.all_answered_after for one in rounds),
        1000 * median(one.worker_seconds for one in rounds) / seekers,
        median(one.searched.deferred for one in rounds),
        sum(one.unmatched for one in rounds),
        sum(one.in_two for one in rounds),
    ]


def _problems(rounds: Sequence[Round]) -> list[str]:
    times = sum((one.searched.failed for one in rounds), Counter[str]())
    times["a seeker without a match"] = sum(one.unmatched for one in rounds)
    times["a seeker in two matches"] = sum(one.in_two for one in rounds)
    return [f"{count} × {what}" for what, count in times.items() if count]


_TEXT = """\
All search for an opponent at the same moment, each on a new connection. On SQLite the worker has one
core, on PostgreSQL all processes share two. Each must be in one match, and in no more. *Deferred* searches got a 503 with
`Retry-After` and were sent again. Medians of the rounds.
"""
_HEADS = (
    "server", "seekers", "rounds", "all matched after, s", "worker CPU a search, ms", "deferred", "not matched", "in two",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.searches", description=__doc__)
    parser.add_argument("--seekers", type=int, default=SEEKERS, help="an even number")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--backend", choices=BACKENDS, nargs="+", default=BACKENDS)
    options = parser.parse_args()
    if options.seekers % 2:
        parser.error("an odd number of seekers leaves one without a match")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    end_by_interrupt()
    print(page("# Searches\n", {}, [measure(options.rounds, options.seekers, options.backend)], ""))


if __name__ == "__main__":
    main()
