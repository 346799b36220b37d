"""A wall clock that is set must neither end a challenge nor extend it."""

import logging
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from qader_sse import clock as clock_module
from qader_sse.clock import SteadyClock
from qader_sse.installation import ROOT
from tests.support.log_lines import logged_by

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SURE = timedelta(0)  # a measurement without uncertainty


class Machine:
    """A machine whose wall clock can be set."""

    def __init__(self) -> None:
        self.wall, self.ticks = NOON, 5_000.0

    def live(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds

    def clock(self, anchor: str = "") -> SteadyClock:
        return SteadyClock(anchor, lambda: self.wall, lambda: self.ticks)


@pytest.mark.parametrize("step", [-3600, 3600, -0.5])
def test_a_step_of_the_wall_clock_changes_nothing(step: float) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.live(10)
    machine.wall += timedelta(seconds=step)
    assert clock() == NOON + timedelta(seconds=10)
    machine.live(5)
    assert clock() == NOON + timedelta(seconds=15)


def test_a_worker_that_starts_after_the_step_has_the_same_time_as_the_others() -> None:
    machine = Machine()
    anchor = f"{machine.wall.timestamp()} {machine.ticks}"
    first = machine.clock(anchor)
    machine.live(10)
    machine.wall -= timedelta(hours=1)
    second = machine.clock(anchor)
    machine.live(5)
    assert first() == second() == NOON + timedelta(seconds=15)


def test_a_clock_continues_from_its_anchor() -> None:
    """The anchor is written as in gunicorn.conf.py."""
    anchor = f"{time.time()} {time.clock_gettime(time.CLOCK_BOOTTIME)}"
    assert abs(SteadyClock(anchor)() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_wall_clock_that_was_set_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine()
    clock = machine.clock()
    with caplog.at_level(logging.WARNING):
        clock.compare()
        assert logged_by(caplog, clock_module) == []
        machine.wall -= timedelta(hours=1)
        for _ in range(3):
            machine.live(60)
            clock.compare()
    assert [record.levelname for record in logged_by(caplog, clock_module)] == ["WARNING"]
    assert "the wall clock is -3600 s off" in caplog.text


def test_the_first_comparison_sets_the_clock_and_later_ones_approach_slowly() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.follow(timedelta(seconds=-10), SURE)
    assert clock() == NOON - timedelta(seconds=10)
    clock.follow(timedelta(seconds=1), SURE)  # the other clock was set forward by a second
    assert clock() == NOON - timedelta(seconds=10)
    machine.live(10)
    assert clock() == NOON + timedelta(seconds=0.5)
    machine.live(10)
    assert clock() == NOON + timedelta(seconds=11)
    machine.live(10)
    assert clock() == NOON + timedelta(seconds=21)


def test_a_followed_clock_that_is_set_back_never_takes_this_one_back() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.follow(timedelta(0), SURE)
    times = [clock()]
    difference = timedelta(hours=-1)
    for _ in range(100):
        clock.follow(difference, SURE)
        machine.live(1)
        difference += timedelta(seconds=0.05)
        times.append(clock())
    assert times == sorted(times)
    assert times[-1] == NOON + timedelta(seconds=95)


def test_a_difference_within_the_uncertainty_changes_nothing() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.follow(timedelta(seconds=3), SURE)
    clock.follow(timedelta(seconds=-0.2), timedelta(seconds=0.2))
    machine.live(60)
    assert clock() == NOON + timedelta(seconds=63)
    assert clock.offset_seconds == 3


def test_an_offset_is_logged_once_and_the_wall_clock_no_longer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    machine = Machine()
    clock = machine.clock()
    with caplog.at_level(logging.WARNING):
        clock.follow(timedelta(seconds=-10), SURE)
        machine.wall += timedelta(hours=1)
        for _ in range(3):
            clock.compare()
            clock.follow(timedelta(seconds=-0.001), SURE)
    assert [record.levelname for record in logged_by(caplog, clock_module)] == ["WARNING"]
    assert "the clock of the database is -10.0 s off" in caplog.text


def test_the_real_clock_returns_the_current_time_and_never_goes_back() -> None:
    clock = SteadyClock()
    assert abs(clock() - datetime.now(UTC)) < timedelta(seconds=5)
    times = [clock() for _ in range(1_000)]
    assert times == sorted(times)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Riyadh"])
def test_the_zone_of_the_machine_and_daylight_saving_change_nothing(zone: str) -> None:
    """A duel during the hour that occurs twice in Berlin and New York still takes five minutes, and its countdown."""
    program = """
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from qader_sse.domain import rules, violations
from qader_sse.domain.facts import iso
from tests.support.challenges import CHALLENGER, LIMITS, OPPONENT, RIGHT, make_challenge

for began_at in (datetime(2026, 10, 25, 0, 58, tzinfo=UTC), datetime(2026, 11, 1, 5, 58, tzinfo=UTC)):
    duel = make_challenge(status="accepted", ready=[CHALLENGER])
    duel = replace(duel, due_at=began_at + timedelta(hours=1))
    duel = rules.ready(duel, OPPONENT, began_at, LIMITS)
    assert duel.deadline_at == duel.first_question_at + timedelta(seconds=300)
    in_time = duel.deadline_at - timedelta(milliseconds=1)
    rules.answer(duel, OPPONENT, 1, RIGHT, None, in_time, LIMITS)
    try:
        rules.answer(duel, OPPONENT, 1, RIGHT, None, duel.deadline_at, LIMITS)
    except violations.TimeIsUp:
        print(iso(duel.deadline_at))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["2026-10-25T01:03:03.000Z", "2026-11-01T06:03:03.000Z"], (
        done.stderr
    )
