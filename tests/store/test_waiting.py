"""Who counts as waiting for an opponent, in a search and in the count of searches."""

from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel, user_id

KIND = "quick_quant_10"


def test_who_has_answered_everything_can_be_matched_while_their_opponent_goes_on(
    service_on_either: Service, clock: SettableClock
) -> None:
    service = service_on_either
    noura, (salma,) = user_id(service, "noura"), add_users(service, "salma")
    # The opponent, who still plays, has challenged somebody as well.
    service.challenges.invite(user_id(service, "khalid"), KIND, "salma", clock())
    duel = started_duel(service, noura, "khalid")
    for question in duel.questions:
        service.challenges.answer(duel.id, noura, question.id, "A", None, clock())
    search = service.challenges.seek(noura, KIND, clock())
    assert search.status == "pending_matchmaking"
    assert service.challenges.seek(salma, KIND, clock()).id == search.id
