"""What one person creates at the same instant, where several can write at once."""

import threading
from collections.abc import Callable

from sqlalchemy import func, select

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.errors import TooManyInvites
from qader_sse.service import Service
from qader_sse.store import models
from tests.support.duel import user_id

AT_ONCE = 8


def at_once(create: Callable[[], Challenge]) -> list[Challenge | Exception]:
    together = threading.Barrier(AT_ONCE)
    results: list[Challenge | Exception] = []

    def run() -> None:
        together.wait()
        try:
            results.append(create())
        except Exception as error:  # noqa: BLE001  # what it was is the caller's to judge
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def count(service: Service) -> int:
    with service.database.reading() as session:
        return session.scalar(select(func.count()).select_from(models.Challenge)) or 0


def test_one_key_makes_one_challenge(postgres_service: Service) -> None:
    service, now = postgres_service, postgres_service.clock()
    noura = user_id(service, "noura")
    for number in range(10):
        made = at_once(
            lambda number=number: service.actions.invite(  # type: ignore[misc]
                noura, "quick_quant_10", "khalid", now, key=f"key {number}"
            )
        )
        assert len({challenge.id for challenge in made if isinstance(challenge, Challenge)}) == 1
        assert [result for result in made if isinstance(result, Exception)] == []
    assert count(service) == 10


def test_the_bound_of_a_day_holds(postgres_service: Service) -> None:
    service, now = postgres_service, postgres_service.clock()
    noura = user_id(service, "noura")
    for _ in range(service.settings.max_invites_per_day - 3):
        service.actions.invite(noura, "quick_quant_10", "khalid", now)
    made = at_once(lambda: service.actions.invite(noura, "quick_quant_10", "khalid", now))
    assert sum(isinstance(result, Challenge) for result in made) == 3
    assert sum(isinstance(result, TooManyInvites) for result in made) == AT_ONCE - 3
