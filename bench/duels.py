"""Whole duels of many pairs at a time: answers a second, and how soon the opponent sees them."""

import argparse
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bench import client_process, duel_load
from bench.accounts import Account
from bench.deployment import MAX_STREAMS, NAMES, STARTS_SECONDS, Backend, Deployment, deployed
from bench.duel_cases import CASES, Case, Row
from bench.duel_load import Plan
from bench.parts import Part
from bench.players import ANSWERS_PER_DUEL
from bench.report import Cell, Chart, Section, Table, page
from cluster.signals import end_by_interrupt

# The earlier backend (Django Channels, Daphne, channels_redis, PostgreSQL), measured before on the
# same kind of machine, not in this run: at 50 and 100 at a time most of its duels failed.
EARLIER_ANSWERS_PER_SECOND, EARLIER_P50_MS, EARLIER_P99_MS = 16, 414, 926
EARLIER = f"""\
The earlier backend, measured before on the same kind of machine: 10 at a time
{EARLIER_ANSWERS_PER_SECOND} answers/s, p50 {EARLIER_P50_MS} ms, p99 {EARLIER_P99_MS} ms; at 50,
109 of 139 duels failed and 1,347 messages were lost; at 100, 390 of 400 failed.
"""

logger = logging.getLogger(__name__)


def parts(rounds: int | None = None) -> list[Part]:
    """Return what there is to measure, each case in so many rounds; None: in its own number."""
    return [_part(name, _cases(backend, rounds)) for backend, name in NAMES.items()]


def _cases(backend: Backend, rounds: int | None) -> list[Case]:
    return [replace(c, rounds=rounds or c.rounds) for c in CASES if c.backend == backend]


def _part(what: str, cases: Sequence[Case]) -> Part:
    deployments = {case.workers for case in cases}
    seconds = sum(case.rounds * case.lasts for case in cases)
    seconds += len(deployments) * STARTS_SECONDS
    return Part("duels", "Duels", what, seconds, lambda: section(play(cases)))


def play(cases: Sequence[Case]) -> list[Row]:
    """Play the cases, those on the same deployment together; of each, all in every round."""
    deployments: dict[tuple[Backend, int], list[Case]] = {}
    for case in cases:
        deployments.setdefault((case.backend, case.workers), []).append(case)
    return [row for of_one in deployments.values() for row in _play_on_one(of_one)]


def _play_on_one(cases: Sequence[Case]) -> list[Row]:
    backend, workers = cases[0].backend, cases[0].workers
    # One worker has one core, and the client the other; two share both with all else.
    pinned = workers == 1
    with deployed(backend, workers, pinned=pinned, MAX_STREAMS=MAX_STREAMS) as deployment:
        people = deployment.create_accounts(2 * max(case.at_a_time for case in cases), "player")
        rows = [Row(case, deployment.title) for case in cases]
        for number in range(max(case.rounds for case in cases)):
            for row in rows:
                if number < row.case.rounds:
                    play_round(row, deployment, people)
    return rows


def play_round(row: Row, deployment: Deployment, people: Sequence[Account]) -> None:
    """Play one round of a case, by as many of these people as it needs."""
    case, pairs = row.case, list(zip(people[::2], people[1::2], strict=True))
    plan = Plan(
        port=deployment.port,
        pairs=pairs[: case.at_a_time],
        seconds=case.seconds,
        transport=case.transport,
        rate=case.rate,
        warm_up_seconds=case.warm_up_seconds,
        core=deployment.client_core,
        pids=deployment.pids,
    )
    row.rounds.append(client_process.start(duel_load.play, plan).result())
    logger.info("%s: %.0f answers/s", row.title, row.rounds[-1].answers_per_second)


def section(rows: Sequence[Row]) -> Section:
    tens = [row for row in rows if row.case.at_a_time == 10]
    rates = [(f"ours: {row.title}", row.answers_per_second) for row in rows if not row.case.rate]
    p99s = [(f"ours: {row.case.title}", row.seen_ms(0.99)) for row in tens]
    if tens:
        rates.append(("earlier backend, 10 at a time", EARLIER_ANSWERS_PER_SECOND))
        p99s.append(("earlier backend", EARLIER_P99_MS))
    return Section(
        "Duels",
        f"{_TEXT}\n{EARLIER}",
        [Table(_FIGURE_HEADS, [_figures(row) for row in rows]), counts(rows)],
        [
            Chart("duels-rate", "Duels without pauses", "answers/s", rates),
            Chart("duels-p99", "From an answer to the opponent's stream, p99", "ms", p99s),
        ],
        [f"{row.title}: {problem}" for row in rows for problem in row.problems],
        [*map(_beside_earlier, tens), *_second_worker(rows)],
    )


def counts(rows: Sequence[Row]) -> Table:
    """Return the table of what was played and what went wrong."""
    return Table(_COUNT_HEADS, [_counts(row) for row in rows], "Of all rounds together:")


_TEXT = f"""\
Whole duels over REST and streams: create, accept, both streams, both ready, fifteen answers each,
until both have `challenge.end`. The number of duels at a time is constant: when one is over, its
pair begins the next. *Without pauses* a player answers as soon as the last answer was acknowledged;
*paced*, players think, so that all of them together give so many answers a second. p50 and p99 are
from just before an answer is written to its result on the opponent's stream. One worker has one core
and the client the other; PostgreSQL and Redis, and two workers, share both with all else. *Others*
is what else ran on the machine. Medians of the rounds. On the WebSocket the service pauses for 30 ms
after each burst, because legacy clients show only the last message of one; this bounds what one duel
can do there. A duel is {ANSWERS_PER_DUEL} answers. *Deferred* requests got a 503 with `Retry-After`
and were sent again.
"""

_FIGURE_HEADS = (
    "server: duels", "answers/s", "p50 ms", "p99 ms",
    "cores: workers", "stores", "client", "others",
)  # fmt: skip
_COUNT_HEADS = (
    "server: duels", "rounds", "duels", "failed", "messages expected", "lost", "doubled", "out of order",
    "requests", "not 2xx", "deferred",
)  # fmt: skip


def _figures(row: Row) -> list[Cell]:
    times = row.answers_per_second, row.seen_ms(0.5), row.seen_ms(0.99)
    stores = row.cores("postgres") + row.cores("redis")
    return [
        row.title,
        *times,
        row.cores("workers"),
        stores,
        row.cores("client"),
        row.cores("others"),
    ]


def _counts(row: Row) -> list[Cell]:
    return [
        row.title,
        len(row.rounds),
        row.total(lambda p: p.duels),
        row.total(lambda p: p.failed.total()),
        row.total(lambda p: p.messages.expected),
        row.total(lambda p: p.messages.lost),
        row.total(lambda p: p.messages.doubled),
        row.total(lambda p: p.messages.disordered),
        row.total(lambda p: p.requests),
        row.total(lambda p: p.refused.total()),
        row.total(lambda p: p.deferred),
    ]


def _beside_earlier(row: Row) -> str:
    """Compare a case of ten duels at a time with the earlier backend's figures for ten."""
    return (
        f"{row.title}: {row.answers_per_second / EARLIER_ANSWERS_PER_SECOND:.1f} × its answers/s,"
        f" p50 1/{EARLIER_P50_MS / row.seen_ms(0.5):.0f},"
        f" p99 1/{EARLIER_P99_MS / row.seen_ms(0.99):.0f} of its"
    )


def _second_worker(rows: Sequence[Row]) -> Iterator[str]:
    """Compare cases of two workers with the same case of one, which has one core."""
    of_one = {row.case: row for row in rows if row.case.workers == 1}
    for row in rows:
        one = of_one.get(replace(row.case, workers=1))
        if one is not None and row.case.workers == 2:
            gain = row.answers_per_second / one.answers_per_second
            yield f"{row.title}: {gain:.2f} × the answers/s of one worker on one core"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.duels", description="Play many duels.")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="of each round, instead of each case's own")
    parser.add_argument("--backend", choices=("sqlite", "postgres"), help="only this backend")
    parser.add_argument("--at-a-time", type=int, nargs="+", help="only these numbers of duels")
    options = parser.parse_args()
    cases = [
        replace(case, seconds=options.seconds or case.seconds, rounds=options.rounds)
        for case in CASES
        if options.backend in (None, case.backend)
        and (options.at_a_time is None or case.at_a_time in options.at_a_time)
    ]
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    end_by_interrupt()
    print(page("# Duels\n", {}, [section(play(cases))], ""))


if __name__ == "__main__":
    main()
