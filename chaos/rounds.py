"""One round: duels begin, one fault happens, everything recovers, and the outcome is counted.

A round has no other fault, so every count belongs to this one.
"""

import random
import time
from collections.abc import Sequence

import gevent
from gevent import Greenlet
from gevent.event import Event

from chaos import leaks, verdict
from chaos.database import Database
from chaos.faults import Fault, Target
from chaos.outcome import Outcome
from chaos.players import Duel, Pace, Player
from chaos.socket_readers import reset
from chaos.viewer import Viewer
from cluster.embedded_server import EmbeddedServer
from cluster.local_cluster import Cluster

# The fault begins this long after the round, when most duels are running.
_BEFORE_SECONDS = 2.0
# The last answers take a few seconds, and a client that is refused waits some seconds, perhaps
# several times. A duel that has not ended by then is stuck.
_SETTLE_SECONDS = 120.0
# A message that has not come this long after all duels have ended or are stuck is lost.
_LAST_MESSAGE_SECONDS = 45.0


class Round:
    """One duel for each pair of players, and one fault."""

    def __init__(
        self,
        servers: Cluster | EmbeddedServer,
        pairs: Sequence[tuple[Player, Player]],
        fault: Fault,
        seconds: float,
        chance: random.Random,
    ) -> None:
        self._servers = servers
        self._fault = fault
        self._chance = chance
        self._duels = [Duel(*pair) for pair in pairs]
        self._target = Target(servers, self._viewers, self._have_all_begun, chance, seconds)

    @property
    def _database(self) -> Database:
        return Database(self._servers.database_url)  # another server after a failover

    def play(self) -> Outcome:
        outcome = Outcome()
        tracebacks = self._tracebacks()
        began_at = self._play_through_the_fault(outcome)
        self._wait_for_last_messages()
        for viewer in self._viewers():
            viewer.close()
        for sock in self._target.left_behind:
            reset(sock)
        outcome.leaks = leaks.find(self._servers, self._database)
        verdict.count(self._duels, self._database, self._fault, began_at, outcome)
        outcome.problems += self._target.problems
        if (count := self._tracebacks() - tracebacks) > 0 and not self._fault.is_logged:
            outcome.problems.append(f"{count} tracebacks in the logs of the nodes")
        return outcome

    def _play_through_the_fault(self, outcome: Outcome) -> float:
        """Return when the fault began, by the wall clock."""
        recovered = Event()
        # Read now, because the fault may make the database unreachable.
        after = self._database.base()
        jobs = [self._begin(n, duel, after, recovered) for n, duel in enumerate(self._duels)]
        gevent.sleep(_BEFORE_SECONDS)
        began_at = time.time()
        outcome.action = self._fault.make(self._target)
        recovered.set()
        gevent.joinall(jobs, timeout=_SETTLE_SECONDS)
        for job, duel in zip(jobs, self._duels, strict=True):
            job.kill()
            duel.stop()
        return began_at

    def _begin(
        self, number: int, duel: Duel, after: int, recovered: Event
    ) -> "Greenlet[..., None]":
        """Begin a duel: every fourth one during the fault, the others before it."""
        end = _BEFORE_SECONDS + self._target.seconds
        is_late = number % 4 == 0
        first, last = (_BEFORE_SECONDS, end / 2) if is_late else (0.0, _BEFORE_SECONDS / 2)
        delay = self._chance.uniform(first, last)
        # Each player gives seven answers before the fault is over, and three after it.
        players = 2 * len(self._duels)
        pace = Pace((end - delay) / 8, recovered, players, self._fault.loses_commits)
        host = self._servers.base_url.removeprefix("http://")
        return gevent.spawn_later(delay, duel.play, host, after, pace, only_sse=self._fault.resets)

    def _wait_for_last_messages(self) -> None:
        """Wait until each viewer has as many messages as its challenge's log, or time is up."""
        give_up_at = time.monotonic() + _LAST_MESSAGE_SECONDS
        heads = self._database.heads([viewer.challenge_id for viewer in self._viewers()])
        while time.monotonic() < give_up_at and any(
            viewer.last_seq < heads[viewer.challenge_id] for viewer in self._viewers()
        ):
            gevent.sleep(0.1)
        # Half a second more, in which a doubled message would arrive.
        gevent.sleep(0.5)

    def _viewers(self) -> list[Viewer]:
        return [viewer for duel in self._duels for viewer in duel.viewers]

    def _have_all_begun(self) -> bool:
        """Whether every player has the questions."""
        viewers = self._viewers()
        is_complete = len(viewers) == 2 * len(self._duels)
        return is_complete and all(viewer.questions.ready() for viewer in viewers)

    def _tracebacks(self) -> int:
        return sum(
            node.log.count("Traceback (most recent call last)") for node in self._servers.nodes
        )
