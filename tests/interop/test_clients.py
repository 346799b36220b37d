"""Clients that others wrote receive every message, though their streams are cut inside of messages.

The short form of `make clients`: those that are quick to start, and differ in how they take ids. The
browser is there because the service's pages limit what their scripts may connect to.
"""

import asyncio

import pytest

from interop import scenarios
from interop.clients import ROOT, Client
from interop.delivery import Delivery
from interop.known_clients import CLIENTS
from interop.stage import Stage

CUTS = 4
INSTALLED = (ROOT / ".venv/interop/bin/python", ROOT / "interop/node_modules/ws")
LABELS = (
    "EventSource (chromium)",
    "eventsource 2 (node)",
    "extended-eventsource (node)",
    "event-source-polyfill (node)",
    "eventsource-client (node)",
    "ws (node)",
    "httpx-sse (python)",
    "sseclient-py (python)",
    "websockets (python)",
)


@pytest.fixture(scope="module")
def clients() -> list[Client]:
    missing = [str(path) for path in INSTALLED if not path.exists()]
    assert not missing, "not installed: make .venv/installed-interop"
    return [client for client in CLIENTS if client.label in LABELS]


@pytest.fixture(scope="module")
def found(clients: list[Client]) -> dict[str, tuple[Delivery, int]]:
    """What each client received of one duel, and how often it was cut."""
    with Stage(RETRY_SECONDS="0.3") as stage:
        deliveries, cuts = asyncio.run(scenarios.cuts(stage, clients, CUTS, pause=0.4))
    return {client.label: (deliveries[client], cuts[client]) for client in clients}


@pytest.mark.timeout(300)  # nine programs start at once, each with an interpreter of its own
@pytest.mark.parametrize("label", LABELS)
def test_a_client_of_others_receives_every_message_through_cuts(
    found: dict[str, tuple[Delivery, int]], label: str
) -> None:
    delivery, cuts = found[label]
    assert (delivery.text(), cuts) == (f"all {delivery.expected}", CUTS)
    assert delivery.expected > 80
