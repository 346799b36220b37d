"""How many search: looked up once a second for all who ask, and counted for each who could meet them."""

from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask

from qader_sse.extensions import db
from qader_sse.service import Service
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import add_users
from tests.support.statements import Sent, counted

QUICK, VERBAL = "quick_quant_10", "medium_verbal_15"
ALL = Counter((QUICK, VERBAL))
NAMES = ("alia", "badr", "dana", "faris")


@pytest.fixture
def ids(service: Service, clock: SettableClock) -> dict[str, int]:
    """Four people, of whom the first two search."""
    found = dict(zip(NAMES, add_users(service, *NAMES), strict=True))
    service.challenges.seek(found["alia"], QUICK, clock())
    service.challenges.seek(found["badr"], VERBAL, clock())
    return found


def test_all_who_ask_within_a_second_are_told_of_what_was_looked_up_once(
    app: Flask, service: Service, ids: dict[str, int], clock: SettableClock
) -> None:
    with app.app_context(), counted(db.engine) as sent:
        assert service.seekers.seen_by(ids["dana"]) == ALL
        assert sent == Sent(2, reads=2)
        service.challenges.seek(ids["dana"], "comprehensive_20", clock())
        sent.statements = sent.reads = 0
        # Whom the viewer cannot be matched with is asked each time, oneself among them.
        assert service.seekers.seen_by(ids["alia"]) == Counter({VERBAL: 1})
        assert sent == Sent(1, reads=1)
    clock.advance(1)
    assert service.seekers.seen_by(ids["alia"]) == Counter({VERBAL: 1, "comprehensive_20": 1})


@pytest.mark.parametrize("asks_before", [True, False])
@pytest.mark.parametrize("act", ["block", "be_blocked", "agree", "be_agreed"])
def test_whom_a_viewer_cannot_be_matched_with_is_not_counted_from_that_moment(
    service: Service, ids: dict[str, int], clock: SettableClock, act: str, *, asks_before: bool
) -> None:
    if asks_before:
        service.seekers.seen_by(ids["dana"])

    def agree(one: str, other: str) -> None:
        invite = service.challenges.invite(ids[one], QUICK, other, clock())
        service.challenges.accept(invite.id, ids[other], clock())
        service.challenges.seek(ids["badr"], VERBAL, clock())  # to agree has ended it

    acts: dict[str, Callable[[], None]] = {
        "block": lambda: service.blocks.block(ids["dana"], "badr", clock()),
        "be_blocked": lambda: service.blocks.block(ids["badr"], "dana", clock()),
        "agree": lambda: agree("dana", "badr"),
        "be_agreed": lambda: agree("badr", "dana"),
    }
    acts[act]()
    assert service.seekers.seen_by(ids["dana"]) == Counter({QUICK: 1})
    assert service.seekers.seen_by(ids["faris"]) == ALL


def test_whoever_cannot_be_matched_with_anybody_is_not_counted(
    service: Service, ids: dict[str, int], clock: SettableClock
) -> None:
    clock.advance(service.settings.seeker_away_seconds)
    service.presence.record(set(), {ids["alia"]})
    assert service.seekers.seen_by(ids["dana"]) == Counter({QUICK: 1})
    clock.advance(service.settings.matchmaking_seconds)
    service.presence.record(set(), {ids["alia"]})
    assert service.seekers.seen_by(ids["dana"]) == Counter()


def test_whoever_is_disabled_no_longer_searches(
    service: Service, ids: dict[str, int], clock: SettableClock
) -> None:
    administration = service.administration.accounts
    administration.disable("alia", act(clock()))
    assert service.seekers.seen_by(ids["dana"]) == Counter({VERBAL: 1})
    administration.enable("alia", act(clock()))
    clock.advance(1)
    assert service.seekers.seen_by(ids["dana"]) == Counter({VERBAL: 1})
