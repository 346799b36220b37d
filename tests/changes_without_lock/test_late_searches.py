"""A duel starts at the moment at which one of its players begins a search in another tab."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.violations import StillPlaying
from qader_sse.service import Service
from qader_sse.store import drawing, models
from tests.support.duel import user_id
from tests.support.workers import another_worker


def accepted_duel(service: Service) -> Challenge:
    """Return a duel of noura, who is ready, and of khalid."""
    noura, khalid = user_id(service, "noura"), user_id(service, "khalid")
    created = service.challenges.invite(noura, "quick_quant_10", "khalid", service.clock())
    service.challenges.accept(created.id, khalid, service.clock())
    return service.challenges.ready(created.id, noura, service.clock())


def searches(service: Service, status: str) -> int:
    of_this_status = select(func.count()).where(
        models.Challenge.opponent_id.is_(None), models.Challenge.status == status
    )
    with service.database.autocommit() as connection:
        return connection.execute(of_this_status).scalar_one()


def first(does: Callable[[], object], then: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        does()
        return then(*args, **kwargs)

    return run


def test_a_start_that_looked_before_the_search_was_there_ends_it_afterwards(
    service: Service, other_worker: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    duel, noura = accepted_duel(service), user_id(service, "noura")

    def search() -> None:
        monkeypatch.undo()
        found = other_worker.challenges.seek(noura, "quick_quant_10", service.clock())
        assert found.status == "pending_matchmaking"

    monkeypatch.setattr(service.database, "append_at", first(search, service.database.append_at))
    started = service.challenges.ready(duel.id, user_id(service, "khalid"), service.clock())
    assert started.status == "ongoing"
    assert (searches(service, "pending_matchmaking"), searches(service, "cancelled")) == (0, 1)


@pytest.mark.programs
def test_a_search_that_looked_before_the_duel_started_ends_itself(
    postgres_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite, where one writes at a time, a start waits for the search, and finds it."""
    service = postgres_service
    duel, noura = accepted_duel(service), user_id(service, "noura")
    with another_worker(service) as other_worker:

        def start() -> None:
            monkeypatch.undo()
            khalid = user_id(other_worker, "khalid")
            started = other_worker.challenges.ready(duel.id, khalid, service.clock())
            assert started.status == "ongoing"

        monkeypatch.setattr(drawing, "pools", first(start, drawing.pools))
        with pytest.raises(StillPlaying):
            service.challenges.seek(noura, "quick_quant_10", service.clock())
    assert (searches(service, "pending_matchmaking"), searches(service, "cancelled")) == (0, 1)
