"""However often somebody opens streams, and whatever they send: what is noted of it has a bound."""

from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.support.transports import viewing


def test_an_error_that_is_answered_after_the_end_is_kept_nowhere(
    service: Service, people: dict[str, int]
) -> None:
    """As the refusal over a limit, which waits before it answers."""
    viewer, notes = Viewer(people["noura"], "en"), service.hub.notes
    start = service.opener.notifications(viewer, None)
    with viewing("websocket", service, viewer, start) as seen:
        notes.answered_error(seen.connection)
    (ending,) = notes.endings.values()
    assert ending.errors == 1
    before = str(vars(notes))
    notes.answered_error(seen.connection)
    assert str(vars(notes)) == before
