"""Invites that are sent and withdrawn without a pause, and a stream that has to tell of each."""

import threading
from collections.abc import Callable
from functools import partial
from http.client import HTTPException
from types import TracebackType
from typing import Self

from qader_client.rest import Answer, Api
from qader_client.watch import SseWatcher

# Some twenty calls a second: enough that several meet each moment of a restart.
_PAUSE_SECONDS = 0.1


class InvitesUnderLoad:
    """One person invites another and withdraws it, again and again; the other one follows.

    `failures` are calls and streams that did not succeed; `resumed` is how often the stream was
    opened anew.
    """

    def __init__(self, challenger: Api, opponent: Api) -> None:
        self._challenger, self._name = challenger, str(opponent.user["username"])
        self._watcher = SseWatcher(opponent, "/sse/challenges/notifications/")
        self._over = threading.Event()  # no more invites
        self._left = threading.Event()  # nobody waits for what the stream tells any more
        self._inviting = threading.Thread(target=self._invite)
        self._following = threading.Thread(target=self._follow)
        self.calls = 0
        self.resumed = 0
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        self._watcher.open(last_event_id="0")
        self._inviting.start()
        self._following.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._inviting.join()
        self._left.set()
        self._watcher.cut()
        self._following.join()

    @property
    def received(self) -> list[int]:
        """The numbers of the events that the opponent was told: one of each call."""
        return self._watcher.ids

    def finish(self) -> None:
        """Stop inviting, and wait until the stream has told of all of it."""
        self._over.set()
        self._inviting.join()
        assert self.failures == []
        self._watcher.wait_until(lambda: len(self.received) >= self.calls)

    def _invite(self) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            create = partial(self._challenger.create, "quick_quant_10", self._name)
            created = self._call(201, create)
            if created:
                self._call(200, partial(self._challenger.act, created.body["id"], "cancel"))

    def _call(self, status: int, call: Callable[[], Answer]) -> Answer | None:
        try:
            answer = call()
        except (OSError, HTTPException) as error:
            self.failures.append(repr(error))
            return None
        self.calls += 1
        if answer.status == status:
            return answer
        self.failures.append(str(answer))
        return None

    def _follow(self) -> None:
        while True:
            self._watcher.wait_until(lambda: not self._watcher.is_open, timeout=120)
            if self._left.is_set():
                return
            try:
                self._watcher.open()
            except OSError as error:
                self.failures.append(f"stream: {error!r}")
            else:
                self.resumed += 1
