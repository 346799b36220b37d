"""What the event log says of the causes of a challenge's events."""

from sqlalchemy import select

from qader_sse.domain.events import challenge_topic
from qader_sse.service import Service
from qader_sse.store.models import EventRow


def causes(service: Service, challenge_id: int) -> list[tuple[str, str | None]]:
    """Return the type and the cause of each event of a challenge, in their order."""
    rows = (
        select(EventRow.type, EventRow.request_id)
        .where(EventRow.topic == challenge_topic(challenge_id))
        .order_by(EventRow.seq)
    )
    with service.database.read_transaction() as connection:
        return [(row.type, row.request_id) for row in connection.execute(rows)]
