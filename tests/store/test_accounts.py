"""Reading accounts."""

from qader_sse.service import Service
from qader_sse.store import accounts
from tests.support.duel import user_id


def test_more_names_are_found_than_a_statement_has_parameters(service_on_either: Service) -> None:
    noura = user_id(service_on_either, "noura")
    with service_on_either.database.read_transaction() as connection:
        found = accounts.names(connection, range(noura - 70_000, noura + 20_000))
    assert (found[noura], "khalid" in found.values()) == ("noura", True)
