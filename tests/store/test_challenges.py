"""What a stream needs of a challenge, read by one statement."""

from qader_sse.domain.events import challenge_topic
from qader_sse.service import Service
from qader_sse.store import challenges, deletion
from qader_sse.store.challenges import WatchInfo
from qader_sse.store.models import MAX_ID
from tests.support.duel import started_duel


def watch_info(service: Service, challenge_id: int) -> WatchInfo | None:
    with service.database.read_transaction() as connection:
        return challenges.watch_info(connection, challenge_id)


def test_a_search_has_one_participant(service: Service, people: dict[str, int]) -> None:
    created = service.challenges.seek(people["noura"], "quick_quant_10", service.clock())

    found = watch_info(service, created.id)

    assert found == WatchInfo("pending_matchmaking", (people["noura"],), head=1, floor=0)


def test_a_challenge_has_two_participants_and_its_topic_advances(
    service: Service, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    with service.database.transaction() as tx:
        deletion.trim(tx.connection, [challenge_topic(duel.id)])
    question = duel.questions[0]
    service.challenges.answer(
        duel.id, people["noura"], question.id, question.correct_answer, None, service.clock()
    )

    found = watch_info(service, duel.id)

    seated = (people["noura"], people["khalid"])
    assert found == WatchInfo("ongoing", seated, head=7, floor=5)


def test_a_missing_challenge_has_no_watch_info(service: Service) -> None:
    for challenge_id in (0, -1, 999_999, MAX_ID + 1):
        assert watch_info(service, challenge_id) is None
