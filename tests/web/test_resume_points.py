"""From which id a stream resumes, and what it does with ids that this service never sent."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from qader_sse.realtime.protocol.cursor import MAX_VECTOR_BYTES
from tests.support.stream_beginning import begun, opened

CHALLENGE, NOTIFICATIONS = "/sse/challenges/1/", "/sse/challenges/notifications/"
# Cursors of another server or from a mistake of a page: words, negative or huge numbers, a vector.
NOT_OURS = ["banana", "undefined", "null", "-1", "1.5", "0x1", "٣", " 1", "\x00", "9" * 30, "1.2"]
NO_VECTORS = ["banana", "45", "1.2_1.3", "1.2__3.4", "1.-2", "0.1", "n." + "1" * MAX_VECTOR_BYTES]
NAMES = ["lastEventId", "lastEventID", "Last-Event-ID", "last_event_id"]


def opening(client: FlaskClient, path: str, query: Any, last: str = "") -> dict[str, Any]:
    """Return the `open` control message of a stream."""
    response = client.get(path, query_string=query, headers={"Last-Event-ID": last})
    assert response.status_code == 200, response.json
    first = bytes(next(iter(response.response)))  # type: ignore[arg-type]  # bytes here
    response.close()
    data = next(line for line in first.splitlines() if line.startswith(b"data: "))
    said: dict[str, Any] = json.loads(data.removeprefix(b"data: "))
    return said


@pytest.mark.claim("S4", "S18")
@pytest.mark.parametrize("name", NAMES)
def test_libraries_may_send_the_id_in_the_address(noura: FlaskClient, name: str) -> None:
    assert opening(noura, CHALLENGE, {name: "2"})["after"] == 2


@pytest.mark.claim("S17")
@pytest.mark.parametrize("name", NAMES)
def test_the_header_wins_over_the_address(noura: FlaskClient, name: str) -> None:
    assert opening(noura, CHALLENGE, {name: "2"}, last="3")["after"] == 3


@pytest.mark.claim("S18")
@pytest.mark.parametrize("name", NAMES[:3])
def test_the_id_of_a_library_wins_over_the_one_that_the_page_wrote(
    noura: FlaskClient, name: str
) -> None:
    assert opening(noura, CHALLENGE, {"last_event_id": "1", name: "4"})["after"] == 4
    assert opening(noura, CHALLENGE, {"last_event_id": "1", name: ""})["after"] == 1


@pytest.mark.claim("S18")
def test_of_two_ids_under_one_name_the_appended_one_wins(noura: FlaskClient) -> None:
    assert opening(noura, CHALLENGE, "lastEventId=1&lastEventId=3")["after"] == 3


@pytest.mark.claim("S13", "S14")
@pytest.mark.parametrize("text", NOT_OURS)
@pytest.mark.parametrize("path", [CHALLENGE, NOTIFICATIONS])
def test_an_id_that_is_not_ours_is_answered_with_a_reset(
    noura: FlaskClient, path: str, text: str
) -> None:
    assert opening(noura, path, {"last_event_id": text})["mode"] == "reset"
    if text.isascii() and text.isprintable() and text == text.strip():
        assert opening(noura, path, {}, last=text)["mode"] == "reset"


@pytest.mark.claim("V7")
@pytest.mark.parametrize("vector", NO_VECTORS)
def test_a_text_that_is_no_vector_resets_every_topic(browser: FlaskClient, vector: str) -> None:
    with begun(browser, f"topics=challenges/1,notifications&last_event_id={vector}") as seen:
        assert seen.said == [
            opened("challenges/1", "reset", -1, 5),
            opened("notifications", "reset", -1, 2),
        ]
        assert [m.last_event_id for m in seen.messages] == ["n.2_1.5"]


@pytest.mark.claim("V5")
def test_a_vector_may_be_sent_as_libraries_do(browser: FlaskClient) -> None:
    query = "topics=challenges/1&last_event_id=1.0&lastEventId=1.4"
    with begun(browser, query) as seen:
        assert [m.last_event_id for m in seen.messages] == ["1.5"]
