"""Each event says what caused it: a request's id, or a word for what no request did."""

from datetime import timedelta

import pytest
from flask import Flask

from qader_sse.cli.output import DatabaseCommand
from qader_sse.request_ids import caused_by, is_acceptable, make
from qader_sse.service import Service
from tests.support.causes import causes
from tests.support.clock import SettableClock
from tests.support.duel import started_duel, user_id
from tests.support.presence import record

REQUEST = "0123456789abcdef0123456789abcdef"


def test_events_have_the_request_that_caused_them_and_others_have_none(
    service_on_either: Service,
) -> None:
    service = service_on_either
    with caused_by(REQUEST):
        duel = started_duel(service, user_id(service, "noura"), "khalid")
    answered = service.challenges.answer(
        *(duel.id, duel.attempts[0].player.id, duel.questions[0].id, "A", None, service.clock())
    )
    found = [cause for _, cause in causes(service, duel.id)]
    assert set(found[:5]) == {REQUEST}
    assert set(found[5:]) == {None}
    assert len(answered.answers) == 1


def test_an_event_of_time_is_caused_by_the_sweeper(
    service: Service, clock: SettableClock, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    assert duel.deadline_at is not None
    clock.now = duel.deadline_at + timedelta(seconds=1)
    with caused_by(REQUEST):  # what called the sweeper is not what ended the duel
        assert service.sweeper.run_once() == 1
    assert causes(service, duel.id)[-1] == ("challenge.end", "sweeper")


def test_who_comes_and_goes_is_told_by_presence(service: Service, people: dict[str, int]) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    record(service, people["noura"])
    record(service)
    assert causes(service, duel.id)[-1] == ("participant.update", "presence")


def test_a_command_is_named_as_one(app: Flask, service: Service, people: dict[str, int]) -> None:
    @app.cli.command("start-a-duel", cls=DatabaseCommand)
    def start() -> None:
        started_duel(service, people["noura"], "khalid")

    assert app.test_cli_runner().invoke(args=["start-a-duel"]).exit_code == 0
    assert {cause for _, cause in causes(service, 1)} == {"command"}


@pytest.mark.parametrize("word", ["sweeper", "presence", "command"])
def test_no_id_of_a_request_can_be_taken_for_a_word(word: str) -> None:
    assert not is_acceptable(word)
    assert len(make()) == 16
    assert is_acceptable(make())
