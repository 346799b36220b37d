"""The stream recorder of a worker looks at its streams now and then, and writes what was noted.

Every worker runs one, in the background: no stream waits for it. While the database is away, what
was noted waits, up to a bound; what had no place is counted, and `explain` says so.
"""

import logging
import os
import socket
from collections import deque
from collections.abc import Sequence
from itertools import chain
from threading import Lock

from qader_sse.domain.stream_notes import Ending, Look, Opening
from qader_sse.realtime.hub import Hub
from qader_sse.realtime.polling_clients import PollingClients
from qader_sse.slices import slices
from qader_sse.store.errors import StoreUnavailable
from qader_sse.store.stream_notes import Worker
from qader_sse.use_cases.stream_notes import StreamNoting

logger = logging.getLogger(__name__)

Note = Opening | Ending | Look

# Streams looked at before other greenlets run: a tenth of a millisecond's work.
_STREAMS_AT_ONCE = 100
# Notes written in one transaction, during which SQLite stops the worker; and moves, which are parts of
# one note. Two thousand moves in one took 0.8 ms by itself, and two hundred as long between messages.
_NOTES_AT_ONCE = 10
_MOVES_AT_ONCE = 100
# Looks that wait for the database, or parts of them: two minutes of them, if 2,000 streams move.
_MAX_LOOKS = 1_200


class StreamRecorder:
    """Writes a row for each stream, and for each look in which some had moved: several if many had."""

    def __init__(
        self, noting: StreamNoting, hub: Hub, polling: PollingClients, worker: str
    ) -> None:
        self._noting = noting
        self._hub = hub
        self._notes = hub.notes
        self._polling = polling
        self._worker = worker
        self._looks: deque[Look] = deque()
        # A worker's end may come while the background task waits for the database.
        self._one_at_a_time = Lock()

    def run_once(self, *, at_end: bool = False) -> None:
        """Look at all streams, then write. Raises StoreUnavailable; then the next run writes.

        `at_end` of the worker, nothing is kept for later.
        """
        with self._one_at_a_time:
            self._look()
            self._write(at_end=at_end)

    def finish(self) -> None:
        """Write what is left when the worker ends. Never raises: others have to end after it."""
        try:
            self._polling.end_all()
            self.run_once(at_end=True)
        except StoreUnavailable:
            logger.warning("the last notes of this worker's streams are lost")
        except Exception:
            logger.exception("the last notes of this worker's streams are lost")

    def _look(self) -> None:
        look = self._notes.begin_look()
        for some in slices(list(self._hub.connections), _STREAMS_AT_ONCE):
            for connection in some:
                if connection in self._hub.connections:  # it may have ended since
                    self._notes.look(connection, look)
            if len(look.moves) >= _MOVES_AT_ONCE:
                part, look = look, self._notes.go_on(look)
                self._keep(part)
        self._polling.look(look)
        self._notes.end_look(look)
        self._keep(look)

    def _keep(self, look: Look) -> None:
        if look.notes:
            self._looks.append(look)
        if len(self._looks) > _MAX_LOOKS:
            oldest = self._looks.popleft()
            self._notes.lose(oldest.notes)

    def _write(self, *, at_end: bool = False) -> None:
        openings, endings = self._notes.take(at_end=at_end)
        is_followed = self._hub.connections or self._polling.are_there
        if not (openings or endings or self._looks or is_followed):
            return  # a worker without streams has nothing to say, not even that it is there
        looks: list[Note] = [*self._looks]
        # Each ending comes after its opening. All looks but the last may have many moves.
        notes: list[Note] = [*openings, *endings, *looks[-1:]]
        try:
            for some in chain(slices(notes, _NOTES_AT_ONCE), slices(looks[:-1], 1)):
                self._record(some)
            if not notes:
                self._record([])  # says that the worker is there
        except StoreUnavailable:
            self._notes.give_back(openings, endings)  # to write some of them again changes nothing
            raise
        self._looks.clear()

    def _record(self, notes: Sequence[Note]) -> None:
        openings = [note for note in notes if isinstance(note, Opening)]
        endings = [note for note in notes if isinstance(note, Ending)]
        looks = [note for note in notes if isinstance(note, Look)]
        worker = Worker(self._worker, socket.gethostname(), os.getpid())
        try:
            self._noting.record(worker, openings, endings, looks, self._notes.now())
        except StoreUnavailable:
            raise
        except Exception:
            # If a note that cannot be written were kept, no later one would be written either.
            self._notes.lose(len(openings) + len(endings) + sum(look.notes for look in looks))
            logger.exception("notes of streams are lost")
