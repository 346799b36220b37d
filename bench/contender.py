"""What every measured server, ours and its peers, offers to the load client."""

import hashlib
from abc import abstractmethod
from typing import Literal

from cluster.server import Server

Publishing = Literal["redis", "http", "zeromq"]
# The load client replaces these in a template: by the number of the message in its topic, counted
# from 1, and by a mark by which it recognises the message when it arrives.
SEQ, MARK = b"@SEQ@", b"@MARK@"
# And this by the signature of what follows it, but for one byte that separates the two.
CODE = b"@CODE@"
# A mark is <topic>.<number>.<nanoseconds of CLOCK_MONOTONIC> between these two.
MARK_BEGIN, MARK_END = b"<~", b"~>"
# About how many bytes a message has on its stream, whichever the contender.
MESSAGE_BYTES = 600


class Contender(Server):
    """A server in one process, which the measurement pins to a core.

    Topics and viewers are numbered from 0. The constructor takes their counts, so that accounts and
    challenges can be prepared before the measurement.
    """

    name: str
    version: str
    port: int
    # How a message is published: to a channel of Redis, as the body of a POST to a path, or into a
    # PULL socket of ZeroMQ.
    publishing: Publishing
    # The rate of messages above which the server falls far behind: measurements stay below it.
    # 0: there is no such rate.
    max_per_second: float = 0.0
    # The key that signs messages, where they are signed: with BLAKE2b, in 16 bytes.
    signing_key: bytes = b""

    @property
    def publish_port(self) -> int:
        """The port that messages are published on, where that is not Redis."""
        return self.port

    @property
    @abstractmethod
    def pids(self) -> list[int]:
        """The processes whose time and memory are measured; Redis is not among them."""

    @abstractmethod
    def request(self, topic: int, viewer: int) -> bytes:
        """Return the request that opens this viewer's stream: a GET or a handshake."""

    @abstractmethod
    def target(self, topic: int) -> str:
        """Return the Redis channel of a topic's messages, or the path to POST them to; or nothing."""

    @abstractmethod
    def template(self, topic: int) -> bytes:
        """Return the message to publish, which contains MARK, and SEQ if it is numbered."""

    def signed(self, message: bytes) -> bytes:
        """Replace CODE, as the load client does after it has replaced the others."""
        before, code, after = message.partition(CODE)
        if not code:
            return message
        made = hashlib.blake2b(after[1:], key=self.signing_key, digest_size=16)
        return before + made.hexdigest().encode() + after
