"""The recorder cuts inside of messages, and knows what comes after the end of a duel."""

import asyncio
import random

from interop.recorder import Recorder, Request

FRAME = b'id: 7\ndata: {"type":"participant.update","payload":{}}\n\n'


def recorder(cuts_left: int = 1) -> Recorder:
    made = Recorder(0, random.Random(1))
    made.cuts_left = cuts_left
    return made


def test_a_cut_is_inside_of_the_message() -> None:
    places = {recorder().place_to_cut(FRAME, 0) for _ in range(100)}
    start, end = FRAME.index(b"{"), len(FRAME) - 2
    assert all(place is not None and start < place < end for place in places)


def test_messages_before_the_cut_pass_whole() -> None:
    place = recorder().place_to_cut(FRAME + FRAME, 1)
    assert place is not None
    assert place > len(FRAME)


def test_control_messages_and_heartbeats_are_not_cut() -> None:
    data = b'event: stream\ndata: {"state":"open"}\n\n: heartbeat\n\n'
    assert recorder().place_to_cut(data, 0) is None


def test_nothing_is_cut_when_no_cut_is_left() -> None:
    assert recorder(cuts_left=0).place_to_cut(FRAME, 0) is None


def test_requests_are_counted_from_the_clients_own_end_on() -> None:
    made = recorder()
    made.requests = [Request(at, "/sse/challenges/7/", "") for at in (8.0, 11.0, 19.0, 21.0)]
    assert made.after_the_end(10) == []
    made.over_at = 10.0
    assert [request.at for request in made.after_the_end(10)] == [11.0, 19.0]


def test_the_end_is_noticed_when_it_passes() -> None:
    assert asyncio.run(end_noticed_in(FRAME)) is None
    end = FRAME.replace(b"participant.update", b"challenge.end")
    assert asyncio.run(end_noticed_in(FRAME + end)) is not None


async def end_noticed_in(data: bytes) -> float | None:
    """Send the data through a recorder; return when it noticed the end of a duel in them."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made = Recorder(server.sockets[0].getsockname()[1], random.Random(1))
    await made.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
    assert await reader.read() == data
    writer.close()
    await made.stop()
    server.close()
    return made.over_at
