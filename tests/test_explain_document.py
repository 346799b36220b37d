"""docs/explain.md shows what the command prints: here is the duel of its example."""

import os
import re
import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.presenters import Viewer
from qader_sse.installation import ROOT
from qader_sse.request_ids import caused_by
from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import started_duel
from tests.support.streams import unannounced, wait_until
from tests.support.transports import viewing

DOCUMENT = ROOT / "docs/explain.md"
PHONE: dict[str, Any] = {"session_id": "k3Yw0pQvT9aZ"}


def answer(service: Service, duel: Challenge, number: int, request_id: str) -> None:
    question = duel.questions[number]
    with caused_by(request_id):
        service.challenges.answer(
            duel.id, duel.challenger.id, question.id, "A", None, service.clock()
        )


def look(service: Service, clock: SettableClock, seconds: float = 2) -> None:
    clock.advance(seconds)
    service.stream_recorder.run_once()


def test_the_example_is_what_the_command_prints(
    app: Flask,
    service: Service,
    people: dict[str, int],
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "node1")
    monkeypatch.setattr(os, "getpid", lambda: 4711)
    clock.now = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    with caused_by("7f6c1d0a52b94e83"):
        duel = started_duel(service, people["noura"], "khalid")
    viewer = Viewer(people["noura"], "en")
    start = service.opener.challenge(duel.id, viewer, None)
    first = {"request_id": "c0f2a4916e8d7b35"} | PHONE
    with viewing("socket", service, viewer, start, **first) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == 1)
        look(service, clock)
        clock.advance(1.3)
        answer(service, duel, 0, "e81b07d2c94f6a50")
        wait_until(lambda: len(seen.messages) == 3)
        look(service, clock, 0.7)
        clock.advance(4.2)
    look(service, clock, 1.8)
    clock.advance(3.1)
    answer(service, duel, 1, "05d93ae67c1f82b4")
    clock.advance(5.5)
    start = service.opener.challenge(duel.id, viewer, 5)
    second = {"request_id": "b47e90c3d1562fa8"} | PHONE
    with viewing("socket", service, viewer, start, **second) as seen:
        seen.read()
        wait_until(lambda: len(seen.messages) == 4)
        look(service, clock, 0.4)
        clock.advance(1.1)
        with unannounced(service):
            answer(service, duel, 2, "9a2c6f71e05b8d34")
        clock.advance(0.8)
        service.hub.catch_up()
        wait_until(lambda: len(seen.messages) == 6)
        look(service, clock, 0.1)
        printed = app.test_cli_runner().invoke(args=["explain", "1", "noura"]).output
    example = re.search(r"^```\n(Challenge 1 .*?)^```", DOCUMENT.read_text(), re.M | re.S)
    assert example
    assert printed == example[1]
