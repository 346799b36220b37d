"""Challenges created at the same moment, on a database with several writers."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select, update

from qader_sse import create_app
from qader_sse.domain.challenge import Challenge
from qader_sse.domain.violations import StillPlaying, TooManyInvites
from qader_sse.service import Service
from qader_sse.store import models
from tests.conftest import dispose, make_settings
from tests.support.duel import add_users, user_id

AT_ONCE = 8


def at_once(create: Callable[[], Challenge]) -> list[Challenge | Exception]:
    together = threading.Barrier(AT_ONCE)
    results: list[Challenge | Exception] = []

    def run() -> None:
        together.wait()
        try:
            results.append(create())
        except Exception as error:  # noqa: BLE001  # the caller checks which error it is
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def count(service: Service) -> int:
    with service.database.read_transaction() as connection:
        return connection.scalar(select(func.count()).select_from(models.Challenge)) or 0


def test_requests_with_the_same_key_at_the_same_moment_create_one_challenge(
    postgres_service: Service,
) -> None:
    service, now = postgres_service, postgres_service.clock()
    noura = user_id(service, "noura")
    for number in range(10):
        made = at_once(
            lambda number=number: service.challenges.invite(  # type: ignore[misc]
                noura, "quick_quant_10", "khalid", now, key=f"key {number}"
            )
        )
        assert len({challenge.id for challenge in made if isinstance(challenge, Challenge)}) == 1
        assert [result for result in made if isinstance(result, Exception)] == []
        end_all(service, [challenge for challenge in made if isinstance(challenge, Challenge)])
    assert count(service) == 10


def test_two_users_are_not_matched_in_two_types_at_once(
    postgres_service: Service,
) -> None:
    service, now = postgres_service, postgres_service.clock()
    kinds = {"noura": "quick_quant_10", "khalid": "medium_verbal_15"}
    for _ in range(10):
        together = threading.Barrier(2)
        waiting = [service.challenges.seek(user_id(service, n), kinds[n], now) for n in kinds]
        found: list[Challenge] = []
        refused: list[StillPlaying] = []

        def seek(
            name: str,
            kind: str,
            together: threading.Barrier = together,
            found: list[Challenge] = found,
            refused: list[StillPlaying] = refused,
        ) -> None:
            together.wait()
            try:
                found.append(service.challenges.seek(user_id(service, name), kind, now))
            except StillPlaying as playing:
                refused.append(playing)

        threads = [
            threading.Thread(target=seek, args=("noura", kinds["khalid"])),
            threading.Thread(target=seek, args=("khalid", kinds["noura"])),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Whoever comes second is matched in their own search while they wait for the first.
        assert [challenge.status for challenge in found] == ["accepted"]
        assert len(refused) == 1
        end_all(service, [*waiting, *found])


def end_all(service: Service, challenges: list[Challenge]) -> None:
    ids = {challenge.id for challenge in challenges}
    with service.database.transaction() as tx:
        tx.connection.execute(
            update(models.Challenge).where(models.Challenge.id.in_(ids)).values(status="expired")
        )


@pytest.fixture
def limited(postgres_service: Service, postgres_url: str) -> Iterator[Service]:
    """A second app on the same database, with limits."""
    settings = make_settings(
        postgres_url,
        fair_shares=True,
        max_invites_per_day=10,
    )
    app = create_app(settings, clock=postgres_service.clock)
    found: Service = app.extensions["qader_sse"]
    yield found
    dispose(app)


def test_invites_at_the_same_moment_do_not_exceed_the_limit_of_their_sender(
    limited: Service,
) -> None:
    service, now = limited, limited.clock()
    noura = user_id(service, "noura")
    pupils = [f"pupil{number}" for number in range(7 + AT_ONCE)]
    add_users(service, *pupils)
    left = iter(pupils)
    for _ in range(7):
        service.challenges.invite(noura, "quick_quant_10", next(left), now)
    made = at_once(lambda: service.challenges.invite(noura, "quick_quant_10", next(left), now))
    assert sum(isinstance(result, Challenge) for result in made) == 3
    assert sum(isinstance(result, TooManyInvites) for result in made) == AT_ONCE - 3
