"""`flask explain`: each cause for which somebody misses an event, or gets it late, is told rightly."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import play_to_the_end, started_duel
from tests.support.streams import SHORT_TIMEOUTS, unannounced, wait_until
from tests.support.transports import Viewing, viewing

Explain = Callable[..., str]


@pytest.fixture
def duel(service: Service, people: dict[str, int]) -> Challenge:
    """A duel of noura and khalid that has started: five events, at twelve o'clock."""
    return started_duel(service, people["noura"], "khalid")


@pytest.fixture
def viewer(people: dict[str, int]) -> Viewer:
    return Viewer(people["noura"], "en")


@pytest.fixture
def explain(app: Flask, duel: Challenge) -> Explain:
    """Return a function that explains the duel, as noura followed it."""

    def run(*options: str, exit_code: int = 0) -> str:
        command = ["explain", str(duel.id), "noura", *options]
        result = app.test_cli_runner().invoke(args=command)
        assert result.exit_code == exit_code, result.output
        return result.output

    return run


def conclusion(output: str) -> list[str]:
    """Return the sentences, which are wrapped in lines of which the first is indented least."""
    lines = output.partition("Conclusion:\n")[2]
    return [" ".join(told.split()) for told in re.split(r"^  (?! )", lines, flags=re.M)[1:]]


def answer(service: Service, duel: Challenge, number: int = 0) -> None:
    question = duel.questions[number]
    service.challenges.answer(duel.id, duel.challenger.id, question.id, "A", None, service.clock())


def look(service: Service, clock: SettableClock) -> None:
    """Have the worker look at its streams, two seconds later."""
    clock.advance(2)
    service.stream_recorder.run_once()


@contextmanager
def following(
    service: Service, viewer: Viewer, duel: Challenge, after: int | None, **fields: Any
) -> Iterator[Viewing]:
    start = service.opener.challenge(duel.id, viewer, after)
    with viewing("socket", service, viewer, start, **fields) as seen:
        yield seen


def test_what_was_written_in_time_is_said_to_be_between_two_looks(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock, explain: Explain
) -> None:
    with following(service, viewer, duel, 5) as seen:
        seen.read()
        look(service, clock)
        answer(service, duel)
        wait_until(lambda: len(seen.messages) == 2)
        look(service, clock)
        assert conclusion(explain()) == [
            (
                "Events 1 to 5 were committed at 12:00:00.000; the client had them when A opened at"
                " 12:00:00.000: it asked from 5."
            ),
            (
                "Events 6 to 7 were committed at 12:00:02.000; they were written to A between 12:00:02.000"
                " and 12:00:04.000."
            ),
        ]


def test_a_lost_announcement_is_named_with_when_the_log_made_up_for_it(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock, explain: Explain
) -> None:
    with following(service, viewer, duel, 5) as seen:
        seen.read()
        look(service, clock)
        with unannounced(service):
            answer(service, duel)
        clock.advance(1.5)
        service.hub.catch_up()
        wait_until(lambda: len(seen.messages) == 2)
        look(service, clock)
        (told,) = conclusion(explain("--event", "7"))
        assert told == (
            "Event 7 (participant.update) was committed at 12:00:02.000; it was written to A between"
            " 12:00:02.000 and 12:00:05.500: no announcement of it had reached the worker, which"
            " found what was missing in the log at 12:00:03.500."
        )


def test_a_frozen_tab_is_told_from_a_lost_connection(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock, explain: Explain
) -> None:
    with following(service, viewer, duel, 0, timeouts=SHORT_TIMEOUTS):
        look(service, clock)
        play_to_the_end(service, duel)
        wait_until(lambda: not service.hub.connections)  # it never reads, and is cut
    look(service, clock)
    told = conclusion(explain())
    assert told[0].startswith("Events 1 to 5 were committed at 12:00:00.000; ")
    assert "being written to A when that ended" in told[0]
    assert told[-1] == (
        "Events 6 to 46 were committed at 12:00:02.000; they were not written to A, which ended at"
        " 12:00:02.000 (slow: the client took nothing any more); they have not come back since."
    )


def test_nothing_is_open_when_an_event_comes_and_a_resume_brings_it(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock, explain: Explain
) -> None:
    with following(service, viewer, duel, 5):
        look(service, clock)
    clock.advance(10)
    answer(service, duel)
    clock.advance(10)
    with following(service, viewer, duel, 5) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == 2)
        look(service, clock)
    clock.advance(1)
    with following(service, viewer, duel, 7):
        look(service, clock)
        output = explain()
    assert "Between 12:00:02.000 and 12:00:22.000 none was open." in output
    assert conclusion(output)[-1] == (
        "Events 6 to 7 were committed at 12:00:12.000 while no stream of theirs was open, from"
        " 12:00:02.000 to 12:00:22.000; the resume at 12:00:22.000 (B, after 5) brought them,"
        " written between 12:00:22.000 and 12:00:24.000; the client's next resume (C, at"
        " 12:00:25.000) acknowledged them: it asked from 7."
    )


def test_attempts_that_were_refused_are_named_in_the_gap(
    service: Service,
    duel: Challenge,
    clock: SettableClock,
    explain: Explain,
    as_user: Callable[[str], FlaskClient],
) -> None:
    noura = as_user("noura")
    service.hub.drain()
    for _ in range(2):
        noura.get(f"/sse/challenges/{duel.id}/").close()
    look(service, clock)
    answer(service, duel)
    assert "(2 attempts refused at 12:00:00.000: draining)" in conclusion(explain())[-1]


def test_a_worker_that_vanished_leaves_open_what_it_has_written(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock, explain: Explain
) -> None:
    with following(service, viewer, duel, 5):
        look(service, clock)
        clock.advance(1)
        answer(service, duel)
        clock.advance(service.settings.noting_silence_seconds + 1)
        (*_, told) = conclusion(explain())
    assert told.startswith("Events 6 to 7 were committed at 12:00:03.000")
    assert told.endswith("its worker has noted nothing since 12:00:02.000, and has ended.")


def test_browsers_of_one_person_are_concluded_on_one_by_one(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock, explain: Explain
) -> None:
    with (
        following(service, viewer, duel, 5, session_id="phone") as phone,
        following(service, viewer, duel, 4, session_id="laptop"),
    ):
        phone.read()
        look(service, clock)
        output = explain("--event", "5")
    assert output.splitlines()[3].split()[3] == "session"
    assert [told.partition(": ")[0] for told in conclusion(output)] == [
        "For session phone",
        "For session laptop",
    ]


def test_json_has_the_same_for_programs(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock, explain: Explain
) -> None:
    with following(service, viewer, duel, None) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == 1)
        look(service, clock)
        found = json.loads(explain("--json"))
    assert [stream["mode"] for stream in found["streams"]] == ["snapshot"]
    assert [event["streams"][0]["kind"] for event in found["events"]] == ["snapshot"] * 5
    assert found["stories"] == [{"session": "token", "first": 1, "last": 5, "outcome": "written"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99", "noura"), "There is no challenge 99."),
        (("0", "noura"), "There is no challenge 0."),
        (("duel:1", "noura"), "There is no challenge duel:1."),
        (("1", "no\x1b[2Jura"), "There is no account named no\\x1b[2Jura."),
        (("1", "nobody"), "There is no account named nobody."),
        (("1", "stranger"), "stranger takes no part in challenge 1."),
        (("1", "noura", "--event", "9"), "The log of challenge 1 has no event 9: it has 1 to 5."),
    ],
)
def test_what_cannot_be_explained_is_refused_with_one_sentence(
    app: Flask, duel: Challenge, arguments: tuple[str, ...], said: str
) -> None:
    result = app.test_cli_runner().invoke(args=["explain", *arguments])
    assert (result.exit_code, result.output) == (1, f"Error: {said}\n")


def test_a_worker_that_stood_still_is_named_with_for_how_long(
    service: Service, duel: Challenge, viewer: Viewer, clock: SettableClock, explain: Explain
) -> None:
    with following(service, viewer, duel, 5) as seen:
        seen.read()
        look(service, clock)
        answer(service, duel)
        clock.advance(1.2)
        service.loop_lag.observe(1.2)
        wait_until(lambda: len(seen.messages) == 2)
        look(service, clock)
        assert conclusion(explain())[-1] == (
            "Events 6 to 7 were committed at 12:00:02.000; they were written to A between 12:00:02.000"
            " and 12:00:05.200: the worker stood still for 1.2 s, until 12:00:03.200."
        )
