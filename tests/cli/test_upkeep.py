"""Commands that do now what the service does by itself."""

from qader_sse.service import Service
from tests.cli.conftest import Ask, Run
from tests.support.clock import SettableClock
from tests.support.duel import play_to_the_end, started_duel


def test_sweep_says_what_it_deleted(
    run: Run, service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    play_to_the_end(service, started_duel(service, people["noura"], "khalid"))
    clock.advance(service.settings.challenge_retention_seconds + 1)
    assert run("sweep").splitlines() == [
        "0 challenges ended",
        "1 challenge logs deleted",
        "1 challenges deleted",
        "2 notifications deleted",
        "0 sign-outs deleted",
        "0 tickets deleted",
        "0 reset links deleted",
        "0 sessions deleted",
        "0 idempotency keys deleted",
        "0 notes of streams deleted",
        "0 looks at streams deleted",
        "0 workers deleted",
        "3 audit entries deleted",  # of the set-up of the tests' database
    ]


def test_sweep_ends_what_is_overdue_and_says_so_as_json(
    ask: Ask, service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    service.challenges.invite(people["noura"], "quick_quant_10", "khalid", clock())
    clock.advance(service.settings.invite_seconds + 1)
    answer = ask("sweep")
    assert answer["ended_challenges"] == 1
    assert answer["deleted"]["challenges"] == 0
