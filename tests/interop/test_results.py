"""What a client did after the end and after a refusal, in words, and whether that is right."""

from interop import results
from interop.clients import Client
from interop.known_clients import CLIENTS
from interop.results import Cell, Row
from interop.scenarios import Afterwards

SSE = next(client for client in CLIENTS if not client.is_websocket)
WEBSOCKET = next(client for client in CLIENTS if client.is_websocket)


def ended(client: Client, *statuses: int, is_open: bool = False) -> Cell:
    return results.ended(client, Afterwards(list(statuses), is_open))


def test_an_sse_client_ends_or_is_answered_once_with_204() -> None:
    assert ended(SSE) == Cell("asks no more", is_good=True)
    assert ended(SSE, 204) == Cell("204 once", is_good=True)
    assert not ended(SSE, is_open=True).is_good
    assert not ended(SSE, 204, 204).is_good
    assert not ended(SSE, 200).is_good


def test_a_websocket_stays_open_after_the_end() -> None:
    assert ended(WEBSOCKET, is_open=True).is_good
    assert not ended(WEBSOCKET).is_good


def test_a_refusal_is_asked_for_once() -> None:
    once, again = Afterwards([401], False, shows_why=True), Afterwards([403] * 9, False)
    assert results.refused(SSE, {401: once}) == Cell("shows why", is_good=True)
    cell = results.refused(WEBSOCKET, {401: once, 403: again})
    assert cell == Cell(
        "4001: shows why; 4003: does not show why, asks again for ever", is_good=False
    )


def test_only_what_a_client_could_do_better_is_unexpected() -> None:
    weak = next(client for client in CLIENTS if client.weak_in == {"refused"})
    bad = Cell("10 lost", is_good=False)
    assert Row(weak, {"refused": bad, "cuts": bad}).unexpected == ["cuts"]
