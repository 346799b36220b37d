"""What `StreamNotes` reads of those who follow topics: of connections, and of clients that poll."""

from collections.abc import Sequence
from typing import Protocol


class Start(Protocol):
    """How a subscription begins: a `TopicStart`."""

    @property
    def topic(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def after(self) -> int: ...
    @property
    def head(self) -> int: ...
    @property
    def cursor(self) -> int: ...
    @property
    def frames(self) -> Sequence[object]: ...


class NotedSubscription(Protocol):
    """A subscription; `noted` is where it was when it was last noted."""

    topic: str
    cursor: int
    sent: int
    noted: int


class NotedClient(Protocol):
    """Who follows topics, and how."""

    transport: str
    user_id: int
    session_id: str
    request_id: str  # of the request by which this began


class NotedConnection(NotedClient, Protocol):
    """A connection; its subscriptions are noted by consecutive numbers, or not at all (0)."""

    number: int

    @property
    def subscriptions(self) -> Sequence[NotedSubscription]: ...

    @property
    def is_settled(self) -> bool:
        """Whether everything up to the cursors is written to the socket."""
