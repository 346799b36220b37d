"""A campaign: a server of its own, many inputs from a seed, and a report of all that went wrong."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from qader_client.rest import Api

from cluster.local_server import LocalServer
from fuzz.http_inputs import Input, http_input
from fuzz.sending import exchange, faults
from fuzz.websocket_inputs import websocket_input

PASSWORD = "fuzz-pass-of-many"
WEBSOCKET_SHARE = 0.2  # of all inputs
_PLAYERS = 12
# Connections at a time.
_SENDERS = 16
# Inputs sign people out; after this many, everybody signs in anew.
_ROUND = 500
_CHALLENGES_EACH = 10 * _ROUND
_TROUBLE = re.compile(r"Traceback|\[(?:ERROR|CRITICAL)\]|Exception|Error\b")
_LONGEST_REPORT = 20


@dataclass
class Findings:
    """What went wrong, each kind with its count and the first input that showed it."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, fault: str, shown_by: str) -> None:
        self.counts[fault] += 1
        self.first.setdefault(fault, shown_by)

    def lines(self) -> list[str]:
        return [
            f"{count} × {fault}; first: {self.first[fault]}"
            for fault, count in self.counts.most_common(_LONGEST_REPORT)
        ]


@contextmanager
def server() -> Iterator[LocalServer]:
    settings = {
        "PASSWORD_HASH_METHOD": "pbkdf2:sha256:1",
        "MAX_INVITES_PER_DAY": "1000000",
        "MAX_AGE_SECONDS": "1",
    }
    with LocalServer(**settings) as started:
        names = ("--count", str(_PLAYERS), "--prefix", "player", "--password", PASSWORD)
        started.flask("users", "seed", *names)
        yield started


def sign_in(node: LocalServer, *, with_challenges: bool = True) -> list[str]:
    """Return the session cookies of all players; let them have a few new challenges."""
    cookies = []
    for number in range(1, _PLAYERS + 1):
        with_session = Api.signed_in(node.base_url, f"player{number}", PASSWORD)
        if with_challenges and number % 2:
            with_session.create("quick_quant_10", f"player{number + 1}")
        cookies.append(with_session.cookie or "")
        with_session.close()
    return cookies


def make_input(
    seed: int, number: int, cookies: Sequence[str], websocket_share: float = WEBSOCKET_SHARE
) -> Input:
    """Return the input of this number: the same for the same seed, but for the cookies."""
    chance = Random(f"{seed}.{number}")
    kind = websocket_input if chance.random() < websocket_share else http_input
    return kind(chance, cookies)


def run(
    node: LocalServer,
    inputs: range,
    seed: int,
    *,
    websocket_share: float = WEBSOCKET_SHARE,
    progress: Callable[[int], None] = lambda done: None,
) -> Findings:
    """Send the inputs of these numbers, and return what went wrong."""
    findings, lock = Findings(), threading.Lock()
    for start in range(inputs.start, inputs.stop, _ROUND):
        # Few, because each worker remembers the last thousand challenges, in some 30 MiB.
        cookies = sign_in(node, with_challenges=start % _CHALLENGES_EACH == 0)

        def send(number: int, cookies: Sequence[str] = cookies) -> None:
            try:
                answer = exchange(node.port, make_input(seed, number, cookies, websocket_share))
            except OSError as error:
                with lock:
                    findings.add(f"cannot connect: {error!r}", f"input {number}")
                return
            with lock:
                status = (answer or b"")[9:12]
                findings.statuses[int(status) if status.isdigit() else 0] += 1
                for fault in faults(answer):
                    findings.add(fault, f"input {number}")

        numbers = range(start, min(start + _ROUND, inputs.stop))
        with ThreadPoolExecutor(_SENDERS) as senders:
            list(senders.map(send, numbers))
        progress(numbers.stop)
    return findings


def trouble_in_log(log: str) -> Counter[str]:
    """Return the lines of a server's log that tell of trouble, without what differs each time."""
    lines = (line for line in log.splitlines() if _TROUBLE.search(line))
    return Counter(re.sub(r"\d+", "N", line) for line in lines)


def shown(seed: int, number: int) -> str:
    """Return the pieces of an input as JSON; SESSION stands for the session of some player."""
    given = make_input(seed, number, ["SESSION"] * _PLAYERS)
    return json.dumps([piece.decode("latin-1") for piece in given.pieces])
