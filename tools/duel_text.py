"""A recorded duel as text: each message once, and the streams that brought it as they were written."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tools.normalised import Normaliser, compact, compared, most_like, shown
from tools.raw_streams import SocketRecording, SseRecording

_RETRY = re.compile(r"^retry: \d+$", re.MULTILINE)
# So many pieces that differ in their number alone are cut to the first and the last.
_RUN = 4

Message = dict[str, Any]
Stream = SseRecording | SocketRecording | list[str]  # of pages that were polled


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stream. `{N}` and `{T}` stand for the number and the type of its message."""

    template: str
    number: int = 0
    type: str = ""

    def __str__(self) -> str:
        return self.template.replace("{N}", str(self.number)).replace("{T}", self.type)

    def is_next(self, following: "Piece") -> bool:
        return (self.template, self.number + 1) == (following.template, following.number)


@dataclass(frozen=True, slots=True)
class DuelText:
    """Writes what one viewer got of a duel, whose messages are known, as the log has them."""

    duel: int
    normaliser: Normaliser
    challenge: Sequence[Message]
    notifications: Sequence[Message]

    def stream(self, title: str, stream: Stream) -> Iterator[str]:
        messages = self.notifications if "notifications" in title else self.challenge
        match stream:
            case SseRecording():
                yield from _cut(list(self._sse(stream, messages)))
                yield f"(status {stream.status}, {'ended' if stream.is_ended else 'open'})"
            case SocketRecording():
                numbered = enumerate(stream.messages(), 1)
                yield from _cut([self._socket_piece(raw, n, messages) for n, raw in numbered])
                for answer in stream.replies():
                    yield f"answer to a message: {self.normaliser.text(answer)}"
            case _:
                for page in stream:
                    yield from self._page(page, messages)

    def _sse(self, stream: SseRecording, messages: Sequence[Message]) -> Iterator[Piece]:
        text = _RETRY.sub("retry: <ms>", stream.text)
        text = re.sub(rf"\bchallenges/{self.duel}\b", "challenges/1", text)
        text = re.sub(rf"^(id: (?:n\.\d+_)?){self.duel}\.", r"\g<1>1.", text, flags=re.MULTILINE)
        for block in text.split("\n\n"):
            if '\ndata: {"type"' in f"\n{block}":
                yield self._message_block(block, messages)
            elif block:
                yield Piece(f"{block}\n")

    def _message_block(self, block: str, messages: Sequence[Message]) -> Piece:
        """Name the message of a block; its lines stay in their order, and a strange block as it is."""
        lines = [line.partition(": ") for line in block.split("\n")]
        fields = {name: value for name, _, value in lines}
        own = r"\d+"  # the part of the id that is the message's own number
        if "event" in fields:
            is_notified = fields["event"] == "notifications"
            messages = self.notifications if is_notified else self.challenge
            own = r"((?<=^n\.)|(?<=_n\.))\d+" if is_notified else r"((?<=^1\.)|(?<=_1\.))\d+"
        found = re.search(own, fields.get("id", ""))
        if found is None or len(fields) < len(lines):
            return Piece(f"{block}\n")
        piece = self._piece(fields["data"], int(found[0]), messages)
        fields |= {"data": piece.template, "id": re.sub(own, "{N}", fields["id"])}
        template = "".join(f"{name}{colon}{fields[name]}\n" for name, colon, _ in lines)
        return Piece(template, int(found[0]), piece.type)

    def _socket_piece(self, raw: str, number: int, messages: Sequence[Message]) -> Piece:
        """Read a text frame; where it has no id of its own, its number is its place."""
        if not raw.startswith('{"id":'):
            return self._piece(raw, number, messages)
        first, _, rest = raw.partition(",")
        piece = self._piece("{" + rest, int(first.removeprefix('{"id":')), messages)
        return Piece(f'{{"id":{{N}},{piece.template}', piece.number, piece.type)

    def _piece(self, raw: str, number: int, messages: Sequence[Message]) -> Piece:
        """Name a message by its number, or show it if it is another than the log has there."""
        text = self.normaliser.text(raw)
        if number <= len(messages) and text == compact(messages[number - 1]):
            return Piece("<{N} {T}>", number, messages[number - 1]["type"])
        return Piece(text)

    def _page(self, page: str, messages: Sequence[Message]) -> Iterator[str]:
        parsed = json.loads(page)
        if compact(parsed) != page.strip():
            raise ValueError(f"not the JSON that is expected: {page[:200]}")
        events = parsed["events"]
        for event in events:
            if list(event) != ["id", "type", "payload"]:
                raise ValueError(f"the keys of a polled message are {list(event)}")
        yield compact(parsed | {"events": "below"})
        raw = [compact({"type": e["type"], "payload": e["payload"]}) for e in events]
        pairs = zip(raw, (event["id"] for event in events), strict=True)
        yield from _cut([self._piece(text, number, messages) for text, number in pairs])


def messages_of(recording: SseRecording, normaliser: Normaliser) -> list[Message]:
    """Return the normalised messages of a stream that was replayed from its beginning."""
    return [json.loads(normaliser.text(raw)) for raw in recording.messages()]


def of_topic(messages: Sequence[Message], other: str, others: Sequence[Message]) -> Iterator[str]:
    """Show each message, as it differs from that of another viewer, or from an earlier one."""
    payloads = [message["payload"] for message in messages]
    for number, message in enumerate(messages):
        title = f"{number + 1} {message['type']}:"
        payload = message["payload"]
        like = most_like(payloads[:number], payload)
        if number < len(others) and list(others[number]["payload"]) == list(payload):
            yield from compared(f"{title} as {other}'s", others[number]["payload"], payload)
        elif like is not None:
            yield from compared(f"{title} as {like + 1}", payloads[like], payload)
        else:
            yield title
            yield from (f"  {line}" for line in shown("", payload))


def _cut(pieces: Sequence[Piece]) -> Iterator[str]:
    """Show the pieces; of a run that differs in its numbers alone, the first and the last."""
    start = 0
    for end in range(1, len(pieces) + 1):
        if end < len(pieces) and pieces[end - 1].is_next(pieces[end]):
            continue
        if end - start >= _RUN:
            yield str(pieces[start])
            yield f"… and so on, {end - start - 2} more"
            yield str(pieces[end - 1])
        else:
            yield from map(str, pieces[start:end])
        start = end
