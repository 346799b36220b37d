"""The id of a deleted challenge is never given to another one."""

import pytest
from sqlalchemy import delete

from qader_sse.service import Service
from qader_sse.store.models import Attempt, Challenge, EventRow, Topic
from tests.support.clock import SettableClock
from tests.support.duel import user_id


@pytest.mark.claim("S24")
def test_a_new_challenge_does_not_get_the_id_of_a_deleted_one(
    service_on_either: Service, clock: SettableClock
) -> None:
    """Clients keep cursors in the deleted challenge's topic, which would then be another's."""
    service = service_on_either
    noura = user_id(service, "noura")
    earlier = [
        service.challenges.invite(noura, kind, "khalid", clock())
        for kind in ("quick_quant_10", "medium_verbal_15")
    ]
    with service.database.transaction() as tx:
        for model in (Attempt, EventRow, Topic, Challenge):
            tx.connection.execute(delete(model))

    later = service.challenges.invite(noura, "quick_quant_10", "khalid", clock())

    assert later.id > max(challenge.id for challenge in earlier)
