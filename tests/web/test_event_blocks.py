"""The order of lines in the blocks of SSE, for clients that read less carefully than browsers."""

import json

import pytest
from flask.testing import FlaskClient
from qader_client.sse import Parser

from qader_sse.realtime.protocol.control_messages import HEARTBEAT
from qader_sse.service import Service

ADDRESSES = [
    "/sse/challenges/1/",
    "/sse/challenges/1/?last_event_id=2",
    "/sse/challenges/notifications/?last_event_id=0",
    "/sse/stream/?topics=challenges/1,challenges/3,notifications&last_event_id=1.2",
]


class EagerClient:
    """Takes an id as soon as it has read its line, and hands every block to the page."""

    def __init__(self) -> None:
        self.last_event_id = ""
        self.events: list[str] = []

    def read(self, data: bytes) -> None:
        text = ""
        for line in data.split(b"\n")[:-1]:
            name, _, value = line.decode().partition(": ")
            match name:
                case "":
                    if not line:
                        self.events.append(text)
                        text = ""
                case "data":
                    text += value
                case "id":
                    self.last_event_id = value


def beginning(browser: FlaskClient, path: str) -> bytes:
    """Return the head and the first messages of a stream, with a heartbeat behind each."""
    response = browser.get(path)
    pieces = iter(response.response)
    data = b"".join(bytes(next(pieces)) + HEARTBEAT for _ in range(2))  # type: ignore[arg-type]  # bytes here
    response.close()
    return data


@pytest.mark.claim("C16")
@pytest.mark.parametrize("path", ADDRESSES)
def test_every_block_has_data_so_that_a_page_may_parse_each_event(
    browser: FlaskClient, path: str
) -> None:
    client = EagerClient()
    client.read(beginning(browser, path))
    assert len(client.events) > 1
    assert all(json.loads(data) for data in client.events)


def test_a_stream_that_ends_at_once_has_no_block_without_data(
    service: Service, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.hub, "is_draining", True)
    client = EagerClient()
    client.read(browser.get("/sse/challenges/1/").data)
    assert [json.loads(data)["state"] for data in client.events] == ["open", "closing"]


@pytest.mark.claim("S6")
@pytest.mark.parametrize("path", ADDRESSES)
def test_a_client_that_takes_ids_early_resumes_at_the_last_message_it_has_received(
    browser: FlaskClient, path: str
) -> None:
    whole = beginning(browser, path)
    ids = [event.last_event_id for event in Parser().feed(whole) if event.event != "stream"]
    for cut in range(1, len(whole) + 1):
        if whole[cut - 1 : cut + 1] == b"\n\n":
            continue  # cut just before the empty line: no order of lines helps
        client = EagerClient()
        client.read(whole[:cut])
        received = sum("type" in json.loads(data) for data in client.events)
        if received:
            assert client.last_event_id == ids[received - 1]
        else:
            assert client.last_event_id not in ids
