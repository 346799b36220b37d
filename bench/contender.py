"""What every measured server offers to the load client, ours and its peers."""

from abc import abstractmethod
from typing import Literal

from cluster.server import Server

# The load client puts these into a template: the number of the message in its topic, counted
# from 1, and a mark by which it knows the message again when it arrives.
SEQ, MARK = b"@SEQ@", b"@MARK@"
# A mark is written as <topic>.<number>.<nanoseconds of CLOCK_MONOTONIC>, in this frame.
MARK_BEGIN, MARK_END = b"<~", b"~>"
# What a message weighs on the wire of its stream, roughly the same for all.
MESSAGE_BYTES = 600


class Contender(Server):
    """A server in one process, pinned by whoever measures it.

    Topics and viewers are numbered from 0. `topics` and `viewers_per_topic` are told when it is
    made, so that it can prepare accounts, challenges and the like before it is measured.
    """

    name: str
    version: str
    port: int
    # How a message is published: to a channel of Redis, or as the body of a POST to a path.
    publishing: Literal["redis", "http"]
    # Messages a second above which it cannot keep up by far: the measurements stay below. 0: none.
    most_per_second: float = 0.0

    @property
    @abstractmethod
    def pids(self) -> list[int]:
        """The processes whose time and memory count; Redis is not among them."""

    @abstractmethod
    def request(self, topic: int, viewer: int) -> bytes:
        """Return all a client sends to open this viewer's stream: a GET, or a handshake."""

    @abstractmethod
    def target(self, topic: int) -> str:
        """Return the channel of Redis, or the path to POST to."""

    @abstractmethod
    def template(self, topic: int) -> bytes:
        """Return the message to publish, with SEQ (if it has a number) and MARK in it."""
