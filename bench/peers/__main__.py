"""`python -m bench.peers`: check that each peer delivers every message once, in order."""

import re
import selectors
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection

from bench.contender import MARK, MARK_BEGIN, MARK_END, SEQ, Contender
from bench.peers import PEERS
from bench.zeromq import Push
from cluster.process import MissingProgram, temporary_folder
from cluster.redis_server import RedisServer

_TOPICS, _VIEWERS, _MESSAGES = 10, 2, 50
_PER_SECOND = 500.0  # less for a peer that cannot keep up
_HEAD_WITHIN_SECONDS = 10
_ALL_WITHIN_SECONDS = 20

Publish = Callable[[str, bytes], object]  # takes a Redis channel or a path, and the message for it
_MARK = re.compile(re.escape(MARK_BEGIN) + rb"(\d+)\.(\d+)\.(\d+)" + re.escape(MARK_END))


class Streams:
    """One stream for each viewer of every topic, and the bytes that each received."""

    def __init__(self, contender: Contender) -> None:
        self._contender = contender
        self._selector = selectors.DefaultSelector()
        self._text: dict[socket.socket, bytes] = {}
        self._topic: dict[socket.socket, int] = {}

    def open(self) -> None:
        for topic in range(_TOPICS):
            for viewer in range(_VIEWERS):
                end = socket.create_connection(("127.0.0.1", self._contender.port))
                end.sendall(self._contender.request(topic, viewer))
                self._text[end], self._topic[end] = b"", topic
                self._selector.register(end, selectors.EVENT_READ)
        self._read_until(self._all_have_heads, _HEAD_WITHIN_SECONDS)
        for head in self._text.values():
            if head.split(maxsplit=2)[1] not in {b"200", b"101"}:
                raise RuntimeError(f"a stream was refused: {head!r}")
        self.read(0.3)  # some peers send a first event after the head

    def read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            end = key.fileobj
            assert isinstance(end, socket.socket)  # noqa: S101  # for mypy: registered in `open`
            data = end.recv(65536)
            if not data:
                raise RuntimeError(f"a stream ended after {self._text[end][-200:]!r}")
            self._text[end] += data

    def read_all(self) -> None:
        """Read until every message has come or the time is up, then a little longer for surplus ones."""
        self._read_until(self._all_have_all, _ALL_WITHIN_SECONDS)
        self.read(0.1)

    def problems(self) -> Iterator[str]:
        for end, text in self._text.items():
            topic = self._topic[end]
            seen = [tuple(map(int, mark)) for mark in _MARK.findall(text)]
            if any(of != topic for of, _, _ in seen):
                yield f"topic {topic} received a message of another topic"
            numbers = [number for _, number, _ in seen]
            if numbers != list(range(1, _MESSAGES + 1)):
                yield f"topic {topic} received {numbers}"

    @property
    def bytes_per_message(self) -> float:
        text = sum(len(text[text.index(b"\r\n\r\n") + 4 :]) for text in self._text.values())
        return text / (_TOPICS * _VIEWERS * _MESSAGES)

    def close(self) -> None:
        for end in self._text:
            end.close()
        self._selector.close()

    def _read_until(self, is_done: Callable[[], bool], seconds: float) -> None:
        give_up_at = time.monotonic() + seconds
        while not is_done() and time.monotonic() < give_up_at:
            self.read(0.05)

    def _all_have_heads(self) -> bool:
        return all(b"\r\n\r\n" in text for text in self._text.values())

    def _all_have_all(self) -> bool:
        return all(text.count(MARK_END) >= _MESSAGES for text in self._text.values())


def publish_all(contender: Contender, publish: Publish, streams: Streams) -> None:
    """Publish to one topic after the other, and read what arrives in between."""
    templates = [contender.template(topic) for topic in range(_TOPICS)]
    pause = 1 / min(_PER_SECOND, contender.max_per_second or _PER_SECOND)
    for number in range(1, _MESSAGES + 1):
        for topic, template in enumerate(templates):
            mark = f"{topic}.{number}.{time.monotonic_ns()}".encode()
            message = template.replace(SEQ, str(number).encode())
            message = contender.signed(message.replace(MARK, MARK_BEGIN + mark + MARK_END))
            publish(contender.target(topic), message)
            due_at = time.monotonic() + pause
            while (left := due_at - time.monotonic()) > 0:
                streams.read(left)


@contextmanager
def publisher(contender: Contender, redis: RedisServer) -> Iterator[Publish]:
    if contender.publishing == "redis":
        with closing(redis.client()) as client:
            yield lambda target, message: client.publish(target, message)
        return
    if contender.publishing == "zeromq":
        with Push(contender.publish_port) as push:
            yield lambda target, message: push.send(message)
        return

    def post(target: str, message: bytes) -> None:
        connection.request("POST", target, message)
        answer = connection.getresponse()
        answer.read()
        if answer.status // 100 != 2:
            raise RuntimeError(f"POST {target} was answered with {answer.status}")

    with closing(HTTPConnection("127.0.0.1", contender.publish_port)) as connection:
        yield post


def check_delivery(contender: Contender, redis: RedisServer) -> tuple[list[str], str]:
    with ExitStack() as stack:
        streams = stack.enter_context(closing(Streams(contender)))
        streams.open()
        publish = stack.enter_context(publisher(contender, redis))
        started_at = time.monotonic()
        publish_all(contender, publish, streams)
        streams.read_all()
        seconds = time.monotonic() - started_at
        summary = (
            f"{_TOPICS * _VIEWERS * _MESSAGES} deliveries in order in {seconds:.1f} s, "
            f"{streams.bytes_per_message:.0f} bytes each"
        )
        return list(streams.problems()), summary


def main(names: Sequence[str]) -> int:
    folder = temporary_folder(main, "bench-peers-")
    failed = 0
    with RedisServer(folder) as redis:
        for kind in PEERS:
            if names and kind.name not in names:
                continue
            try:
                with kind(redis, folder, _TOPICS, _VIEWERS) as peer:
                    problems, summary = check_delivery(peer, redis)
            except MissingProgram as problem:
                sys.exit(str(problem))
            failed += bool(problems)
            print(
                f"{kind.name:11} {'FAILED' if problems else 'ok'}: {summary}  ({peer.version})",
                flush=True,
            )
            for problem_text in problems:
                print(f"    {problem_text}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
