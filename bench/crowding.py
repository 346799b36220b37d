"""`python -m bench.crowding`: live duels, and one honest sign-in a second, beside each crowd.

It takes five minutes. It starts its own service on a free port and touches nothing else.
"""

import argparse
import http.client
import json
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench import client_process, crowds, duel_load, environment_facts
from bench.accounts import Account
from bench.crowds import Plan, Result
from bench.deployment import Deployment, deployed
from bench.duel_load import LoadResult
from bench.report import Cell, Section, Table, page
from cluster.signals import end_by_interrupt

logger = logging.getLogger(__name__)

_DUELS = 50
_ANSWERS_PER_SECOND = 60.0
_WARM_UP_SECONDS = 6.0
_BEFORE_SECONDS, _DURING_SECONDS, _AFTER_SECONDS = 8.0, 10.0, 8.0
_HONEST = "127.0.0.2"
_HONEST_SECONDS = 2.0
_MOST_BY = 1.25
_PASSWORD = "correct-horse-7-battery"  # noqa: S105  # of an account that lives for three minutes
_TIMEOUT_SECONDS = 20
# The same pairs play beside all crowds, more in minutes than people do in a day.
_UNTIRING = {
    "DUELS_WITH_SAME_PERSON_PER_DAY": "100000",
    "QUESTIONS_PER_HOUR": "1000000",
    "NEW_ACCOUNT_QUESTIONS_PER_HOUR": "1000000",
}


@dataclass(frozen=True, slots=True)
class Case:
    title: str
    kind: str
    connections: int
    accounts: int = 0
    opened_per_second: float = 2_000.0


CASES = (
    Case("1,000 sign-ins at once", "sign-ins", 1_000, opened_per_second=100_000),
    Case("10,000 slow heads and bodies", "slow", 10_000),
    Case("500 slow readers", "slow readers", 500),
    Case("one account opens 300 streams", "streams", 300, accounts=1),
    Case("100 accounts open 2,000 streams", "streams", 2_000, accounts=100),
    Case("1,000 registrations a second", "registrations", 100),
    Case("invites and searches without a pause", "invites and searches", 20, accounts=20),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened beside one crowd. Times in seconds."""

    case: Case
    duels: LoadResult
    crowd: Result
    sign_ins: Sequence[float | None]  # how long each honest one took; None: it was not answered 200

    def quantiles(self, part: str) -> tuple[float, float]:
        """Return p50 and p99, in ms, from an answer to the opponent's stream."""
        parts = {
            "before": (0.0, self.crowd.began_at),
            "during": (self.crowd.began_at, self.crowd.ended_at),
            "after": (self.crowd.ended_at, float("inf")),
        }
        begin, end = parts[part]
        found = sorted(took for at, took in self.duels.seen if begin <= at < end)
        if not found:
            return float("nan"), float("nan")
        return 1000 * found[len(found) // 2], 1000 * found[int(0.99 * (len(found) - 1))]

    @property
    def failures(self) -> int:
        return self.duels.failed.total() + self.duels.messages.lost

    @property
    def misses(self) -> list[str]:
        """Return which of the goals were not reached."""
        found = []
        if self.failures:
            found.append(f"duels failed: {dict(self.duels.failed)}")
        if not self.quantiles("during")[1] <= _MOST_BY * self.quantiles("before")[1]:
            found.append("p99 rose by more than a quarter")
        if not all(took is not None and took < _HONEST_SECONDS for took in self.sign_ins):
            found.append("an honest sign-in took two seconds or more")
        return found


def measure(cases: Sequence[Case] = CASES) -> list[Outcome]:
    with deployed("sqlite", 1, pinned=False, FAIR_SHARES="true", **_UNTIRING) as deployment:
        duellists = deployment.create_accounts(2 * _DUELS, "duellist")
        _honest_request(deployment.port, "register")
        outcomes = []
        for number, case in enumerate(cases):
            people = deployment.create_accounts(case.accounts, f"crowd{number}x")
            outcomes.append(_beside(case, deployment, duellists, people))
            logger.info("%s", ", ".join(map(str, _row(outcomes[-1]))))
        return outcomes


def _beside(
    case: Case, deployment: Deployment, duellists: Sequence[Account], people: Sequence[Account]
) -> Outcome:
    # All processes are started first: that may take seconds on a busy machine.
    begin_at = time.monotonic() + _WARM_UP_SECONDS + _BEFORE_SECONDS
    duels = duel_load.Plan(
        port=deployment.port,
        pairs=list(zip(duellists[::2], duellists[1::2], strict=True)),
        seconds=_BEFORE_SECONDS + _DURING_SECONDS + _AFTER_SECONDS,
        rate=_ANSWERS_PER_SECOND,
        warm_up_seconds=_WARM_UP_SECONDS,
    )
    crowd = Plan(
        port=deployment.port,
        kind=case.kind,
        connections=case.connections,
        begin_at=begin_at,
        seconds=_DURING_SECONDS,
        people=people,
        opened_per_second=case.opened_per_second,
    )
    playing = client_process.start(duel_load.play, duels)
    crowding = client_process.start(crowds.run, crowd)
    time.sleep(max(0.0, begin_at - time.monotonic()))
    with ThreadPoolExecutor(1) as beside:
        honest = beside.submit(_sign_ins, deployment.port)
        return Outcome(case, playing.result(), crowding.result(), honest.result())


def _sign_ins(port: int) -> list[float | None]:
    """Sign in about once a second while the crowd is there."""
    took: list[float | None] = []
    end_at = time.monotonic() + _DURING_SECONDS
    while time.monotonic() < end_at:
        began_at = time.monotonic()
        status = _honest_request(port, "login")
        took.append(time.monotonic() - began_at if status == 200 else None)
        time.sleep(max(0.0, began_at + 1 - time.monotonic()))
    return took


def _honest_request(port: int, what: str) -> int:
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=_TIMEOUT_SECONDS, source_address=(_HONEST, 0)
    )
    body = json.dumps({"username": "honest.one", "password": _PASSWORD})
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"/api/v1/auth/{what}/", body, headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def section(outcomes: Sequence[Outcome]) -> Section:
    problems = [f"{o.case.title}: {miss}" for o in outcomes for miss in o.misses]
    return Section("Figures", _TEXT, [Table(_HEADS, [_row(o) for o in outcomes])], [], problems)


_TEXT = f"""\
{_DUELS} duels are played at {_ANSWERS_PER_SECOND:.0f} answers a second, on one worker with SQLite and the limits as
they come. p50 and p99 are from just before an answer is written to its result on the opponent's stream, before a crowd,
while it is there for {_DURING_SECONDS:.0f} seconds, and after it. The crowd comes from one other address; the honest
sign-ins, one a second while it is there, from a third. Server, duels and crowd share the cores of one machine, so a part
of each rise is the crowd's own work.
"""
_HEADS = (
    "crowd", "p50 before", "during", "after, ms", "p99 before", "during", "after, ms",
    "failed duels, lost messages", "slowest honest sign-in, s", "refused", "what the crowd got",
)  # fmt: skip


def _row(outcome: Outcome) -> list[Cell]:
    pairs = [outcome.quantiles(part) for part in ("before", "during", "after")]
    signed_in = [took for took in outcome.sign_ins if took is not None]
    got = ", ".join(f"{count:,} × {what}" for what, count in outcome.crowd.answers.most_common(5))
    return [
        outcome.case.title,
        *(p50 for p50, _ in pairs),
        *(p99 for _, p99 in pairs),
        outcome.failures,
        max(signed_in, default=None),
        len(outcome.sign_ins) - len(signed_in),
        got,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.crowding", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="PAGE")
    parser.add_argument("--only", type=int, nargs="+", help="only these crowds, from 0 on")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    end_by_interrupt()
    cases = [CASES[number] for number in options.only] if options.only else CASES
    facts = environment_facts.facts()
    text = page(_HEAD, facts, [section(measure(cases))], "")
    if options.write:
        options.write.write_text(text)
    else:
        print(text)


_HEAD = """\
# Crowding out

What the players of running duels notice of those who try to take the service from them. `python -m bench.crowding
--write docs/crowding.md` writes this page. The goals: no duel fails, their p99 moves by less than a quarter, and an
honest sign-in from another address takes less than two seconds. What was missed stands first.
"""


if __name__ == "__main__":
    main()
