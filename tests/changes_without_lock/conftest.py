"""A duel on either database, and two workers that know of it."""

from collections.abc import Iterator

import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from tests.support.duel import started_duel, user_id
from tests.support.workers import another_worker


@pytest.fixture
def service(service_on_either: Service) -> Service:
    return service_on_either


@pytest.fixture
def other_worker(service: Service) -> Iterator[Service]:
    with another_worker(service) as other:
        yield other


@pytest.fixture
def duel(service: Service) -> Challenge:
    return started_duel(service, user_id(service, "noura"), "khalid")
