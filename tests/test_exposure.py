"""`flask questions exposure`: how much of the bank was shown, and to whom the most."""

from flask import Flask

from qader_sse.service import Service
from tests.support.clock import SettableClock
from tests.support.duel import add_users, started_duel

DAY = 24 * 3600


def report(app: Flask, *options: str) -> list[str]:
    result = app.test_cli_runner().invoke(args=["questions", "exposure", *options])
    assert result.exit_code == 0, result.output
    return str(result.output).splitlines()


def test_nothing_was_shown_where_nobody_has_played(app: Flask, service: Service) -> None:
    noura, _ = add_users(service, "noura", "khalid")
    service.challenges.invite(noura, "quick_quant_10", "khalid", service.clock())
    assert report(app) == [
        "Questions shown within 30 days, of those in the bank now:",
        "  quantitative: 0 of 68 (0 %)",
        "  verbal: 0 of 68 (0 %)",
    ]


def test_who_has_seen_how_much_of_the_bank(
    app: Flask, service: Service, clock: SettableClock
) -> None:
    noura, khalid, _ = add_users(service, "noura", "khalid", "sara")
    started_duel(service, khalid, "sara", "medium_verbal_15")
    clock.advance(10 * DAY)
    for _ in range(2):
        started_duel(service, noura, "khalid")
    assert report(app)[1:] == [
        "  quantitative: 20 of 68 (29 %)",
        "  verbal: 15 of 68 (22 %)",
        "Who has seen the most:",
        "  khalid: 35 (26 %)",
        "  noura: 20 (15 %)",
        "  sara: 15 (11 %)",
    ]
    assert report(app, "--days", "9", "--people", "1")[1:] == [
        "  quantitative: 20 of 68 (29 %)",
        "  verbal: 0 of 68 (0 %)",
        "Who has seen the most:",
        "  noura: 20 (15 %)",
    ]
