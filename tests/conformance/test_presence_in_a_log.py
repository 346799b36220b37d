"""Whoever goes and comes back may be told at any time of a duel."""

from conformance.duel_log import violations
from qader_sse.domain.presence import see
from qader_sse.domain.presenters import Viewer, message
from tests.support.challenges import CHALLENGER, NOW, OPPONENT, TOPIC, WITHOUT_HINTS, Recorder


def test_who_goes_and_comes_back_breaks_nothing() -> None:
    duel = Recorder(WITHOUT_HINTS)
    duel.start()
    for is_online in (True, False, True, False):
        duel.do(lambda c, is_online=is_online: see(c, OPPONENT, NOW, is_online=is_online))  # type: ignore[misc]
    viewer = Viewer(CHALLENGER, "en")
    log = [(e.seq, message(e, viewer)) for e in duel.events if e.topic == TOPIC]
    assert len(log) == 5 + 4
    assert violations(log, CHALLENGER) == []
