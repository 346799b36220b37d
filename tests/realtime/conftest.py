"""A duel, two duels, and the user who views them."""

import pytest

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.support.duel import started_duel

People = dict[str, int]


@pytest.fixture
def duel(service: Service, people: People) -> Challenge:
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def viewer(people: People) -> Viewer:
    return Viewer(people["noura"], "ar")


@pytest.fixture
def duels(service: Service, people: People) -> tuple[Challenge, Challenge]:
    first = started_duel(service, people["noura"], "khalid")
    return first, started_duel(service, people["stranger"], "noura", "comprehensive_20")
