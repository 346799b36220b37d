"""The table of clients is complete: programs, versions, and lines for those that need them."""

from collections import Counter

import pytest

from interop.clients import Client
from interop.known_clients import CLIENTS
from interop.results import COLUMNS
from interop.versions import pinned_version

FROM_REGISTRIES = [
    client
    for client in CLIENTS
    if client.program.split("/")[0] in ("javascript", "python") and client.package != client.runs_in
]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.label)
def test_a_client_has_a_program(client: Client) -> None:
    assert client.path.is_file()


@pytest.mark.parametrize("client", FROM_REGISTRIES, ids=lambda client: client.label)
def test_a_client_from_a_registry_has_a_pinned_version(client: Client) -> None:
    assert pinned_version(client)


def test_no_two_rows_have_the_same_label() -> None:
    assert [label for label, n in Counter(c.label for c in CLIENTS).items() if n > 1] == []


@pytest.mark.parametrize(
    "client", [client for client in CLIENTS if client.weakness], ids=lambda client: client.label
)
def test_a_client_that_cannot_be_whole_has_lines_and_a_row_with_them(client: Client) -> None:
    assert client.remedy
    assert client.weak_in <= set(COLUMNS)
    name = f"{client.package}, with the lines below"
    (whole,) = [other for other in CLIENTS if other.name == name]
    assert (whole.package, whole.weakness, whole.weak_in) == (client.package, "", frozenset())
