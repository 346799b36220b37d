"""Whole duels by many pairs at a time: answers a second, and how soon the opponent sees them.

PYTHONPATH=clients/python:. .venv/bin/python -m bench.duels --rounds 5
"""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import crowd
from bench.crowd import Plan, Played
from bench.players import Transport
from bench.stage import CLIENT_CORE, Backend, Stage, stage

# The earlier backend (Django Channels, Daphne, channels_redis, PostgreSQL), measured earlier on the
# same kind of machine, not in this run: at 50 and 100 at a time most of its duels failed.
EARLIER_ANSWERS_PER_SECOND, EARLIER_P50_MS, EARLIER_P99_MS = 16, 414, 926
EARLIER = f"""\
The earlier backend, measured earlier on the same kind of machine: 10 at a time
{EARLIER_ANSWERS_PER_SECOND} answers/s, p50 {EARLIER_P50_MS} ms, p99 {EARLIER_P99_MS} ms; at 50,
109 of 139 duels failed and 1,347 messages were lost; at 100, 390 of 400 failed.
"""

# Below gunicorn's worker_connections. A duel that is over leaves its streams to be noticed.
_MAX_STREAMS = "3900"


@dataclass(frozen=True, slots=True)
class Case:
    """One way to play. `rate`: answers a second of all players; 0: as fast as acknowledged."""

    backend: Backend
    at_a_time: int
    transport: Transport = "sse"
    rate: float = 0

    @property
    def title(self) -> str:
        transport = {"sse": "SSE", "websocket": "WebSocket"}[self.transport]
        pace = f"paced at {self.rate:.0f}/s" if self.rate else "no pauses"
        return f"{self.at_a_time:,} at a time, {transport}, {pace}"


CASES = (
    Case("sqlite", 10),
    Case("sqlite", 10, rate=16),
    Case("sqlite", 10, rate=100),
    Case("sqlite", 10, "websocket"),
    Case("sqlite", 10, "websocket", rate=100),
    Case("postgres", 50),
    Case("postgres", 500),
    Case("postgres", 1000),
)


@dataclass(slots=True)
class Row:
    """One case on one stage, a `Played` a round."""

    case: Case
    where: str
    rounds: list[Played] = field(default_factory=list)

    @property
    def answers_per_second(self) -> float:
        return median(played.answers_per_second for played in self.rounds)

    def seen_ms(self, share: float) -> float:
        """Return the median of the rounds' quantiles: from an answer to the opponent's stream."""
        return median(quantile_ms(played.seen, share) for played in self.rounds)

    def cores(self, who: str) -> float:
        return median(played.cores.get(who, 0.0) for played in self.rounds)

    def total(self, count: Callable[[Played], int]) -> int:
        return sum(map(count, self.rounds))

    @property
    def problems(self) -> list[str]:
        """Say what should not have been, each reason once."""
        found: dict[str, int] = {}
        for played in self.rounds:
            for what, times in (*played.failed.items(), *played.refused.items()):
                found[what] = found.get(what, 0) + times
        return [f"{times} × {what}" for what, times in found.items()]


def measure(
    rounds: int, seconds: float, cases: Sequence[Case] = CASES, say: Callable[[str], None] = print
) -> list[Row]:
    """Play all cases of a backend in turn, round after round, `seconds` each."""
    rows: list[Row] = []
    workers: dict[Backend, int] = {"sqlite": 1, "postgres": 2}
    for backend in workers:
        of_backend = [case for case in cases if case.backend == backend]
        if of_backend:
            rows += _on(backend, workers[backend], of_backend, rounds, seconds, say)
    return rows


def _on(
    backend: Backend,
    workers: int,
    cases: Sequence[Case],
    rounds: int,
    seconds: float,
    say: Callable[[str], None],
) -> list[Row]:
    # A server of one process has a core, and the client the other; more have to share.
    pinned = backend == "sqlite"
    with stage(backend, workers, pinned=pinned, MAX_STREAMS=_MAX_STREAMS) as service:
        people = service.people(2 * max(case.at_a_time for case in cases), "player")
        pairs = list(zip(people[::2], people[1::2], strict=True))
        rows = [Row(case, service.title) for case in cases]
        for _ in range(rounds):
            for row in rows:
                plan = _plan(row.case, service, pairs[: row.case.at_a_time], seconds)
                row.rounds.append(crowd.start(plan).result())
                say(f"{row.where}: {row.case.title}: {row.rounds[-1].answers_per_second:.0f}/s")
    return rows


def _plan(case: Case, service: Stage, pairs: Sequence[crowd.Pair], seconds: float) -> Plan:
    return Plan(
        port=service.port,
        pairs=pairs,
        seconds=seconds,
        transport=case.transport,
        rate=case.rate,
        # Many begin over a longer time, or they would all be in the same part of their duels.
        warm_up_seconds=max(3.0, case.at_a_time / 50),
        core=CLIENT_CORE if service.is_pinned else None,
        pids=service.pids,
    )


def quantile_ms(times: Sequence[tuple[float, float]], share: float) -> float:
    """Return in milliseconds what this share of the times, (when, seconds), does not exceed."""
    ordered = sorted(seconds for _, seconds in times)
    return 1000 * ordered[round(share * (len(ordered) - 1))] if ordered else float("nan")


TITLES = (
    "server", "duels", "answers/s", "p50", "p99", "duels played", "failed",
    "messages", "lost", "doubled", "out of order", "not 2xx", "put off",
    "cores: workers", "stores", "client", "others",
)  # fmt: skip


def cells(row: Row) -> tuple[str, ...]:
    counts = (
        row.total(lambda p: p.duels),
        row.total(lambda p: p.failed.total()),
        row.total(lambda p: p.messages.expected),
        row.total(lambda p: p.messages.lost),
        row.total(lambda p: p.messages.doubled),
        row.total(lambda p: p.messages.disordered),
        row.total(lambda p: p.refused.total()),
        row.total(lambda p: p.put_off),
    )
    return (
        row.where,
        row.case.title,
        f"{row.answers_per_second:.0f}",
        f"{row.seen_ms(0.5):.1f} ms",
        f"{row.seen_ms(0.99):.1f} ms",
        *(f"{number:,}" for number in counts),
        f"{row.cores('workers'):.2f}",
        f"{row.cores('postgres') + row.cores('redis'):.2f}",
        f"{row.cores('client'):.2f}",
        f"{row.cores('others'):.2f}",
    )


def beside_the_earlier_backend(row: Row) -> str:
    """Compare a case of ten duels at a time with the earlier backend's figures for as many."""
    return (
        f"{row.where}, {row.case.title}:"
        f" {row.answers_per_second / EARLIER_ANSWERS_PER_SECOND:.1f} × its answers/s,"
        f" p50 a {EARLIER_P50_MS / row.seen_ms(0.5):.0f}th, p99 a"
        f" {EARLIER_P99_MS / row.seen_ms(0.99):.0f}th"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.duels", description="Play many duels.")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20, help="of each round of each case")
    parser.add_argument("--backend", choices=("sqlite", "postgres"), help="only this one")
    parser.add_argument("--at-a-time", type=int, nargs="+", help="only these numbers of duels")
    options = parser.parse_args()
    cases = [
        case
        for case in CASES
        if options.backend in (None, case.backend)
        and (options.at_a_time is None or case.at_a_time in options.at_a_time)
    ]
    # A plain `kill` ends it as Ctrl-C does, so that no server is left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rows = measure(
        options.rounds, options.seconds, cases, lambda line: print(line, file=sys.stderr)
    )
    for line in (TITLES, ["---"] * len(TITLES), *map(cells, rows)):
        print(f"| {' | '.join(line)} |")
    print(f"\n{EARLIER}")
    for row in rows:
        if row.case.at_a_time == 10:
            print(f"- {beside_the_earlier_backend(row)}")
        for problem in row.problems:
            print(f"- {row.where}, {row.case.title}: {problem}")


if __name__ == "__main__":
    main()
