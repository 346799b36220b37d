"""`flask challenges …`: looking at duels, following them move by move, ending them."""

from collections.abc import Callable

from flask.testing import FlaskClient

from qader_sse.domain.presenters import Viewer
from qader_sse.service import Service
from tests.cli.conftest import Ask, Run
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import CHALLENGES, play_to_the_end, started_duel, user_id, wrong_choice
from tests.support.streams import stored_frames
from tests.support.tables import unchanged

AsUser = Callable[[str], FlaskClient]
WHY = ("--reason", "a class is over", "--yes")


def last_types(service: Service, challenge_id: int, *people: int) -> list[str]:
    frames = [stored_frames(service, challenge_id, Viewer(who, "en")) for who in people]
    return [of_one[-1].type for of_one in frames]


def test_ending_a_running_duel_is_told_to_both_as_the_end_of_its_time(
    service: Service, run: Run, ask: Ask, people: dict[str, int], as_user: AsUser
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    question = duel.questions[0]
    service.challenges.answer(
        duel.id, people["noura"], question.id, question.correct_answer, None, service.clock()
    )
    said = f"challenge {duel.id} is completed (time): noura has won\n"
    assert run("challenges", "end", str(duel.id), *WHY) == said
    both = (people["noura"], people["khalid"])
    assert last_types(service, duel.id, *both) == ["challenge.end", "challenge.end"]
    result = as_user("khalid").get(f"{CHALLENGES}{duel.id}/results/").get_json()
    assert (result["end_reason"], result["user_is_winner"]) == ("time", False)
    (entry,) = ask("audit", "--on", f"challenge:{duel.id}")["entries"]
    assert entry["action"] == "challenges end"
    assert entry["details"] == {"reason": "a class is over", "before": "ongoing", "left": None}


def test_a_duel_can_be_ended_as_if_one_of_the_two_had_left(
    service: Service, run: Run, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    said = run("challenges", "end", str(duel.id), "--left", "NOURA", *WHY)
    assert said == f"challenge {duel.id} is completed (left): khalid has won\n"
    assert last_types(service, duel.id, people["noura"]) == ["challenge.end"]


def test_an_invite_that_is_ended_has_expired(
    service: Service, run: Run, people: dict[str, int]
) -> None:
    invite = service.challenges.invite(people["noura"], "quick_quant_10", "khalid", service.clock())
    said = f"challenge {invite.id} is expired\n"
    assert run("challenges", "end", str(invite.id), *WHY) == said
    assert last_types(service, invite.id, people["khalid"]) == ["challenge.update"]


def test_nothing_is_ended_without_a_yes(service: Service, run: Run, people: dict[str, int]) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    end = ("challenges", "end", str(duel.id), "--reason", "a class is over")
    asked = f"End challenge {duel.id} (ongoing, noura 0, khalid 0) as if its time had run out?"
    with unchanged(service):
        for typed in ("n\n", ""):
            said = run(*end, typed=typed, exit_code=1)
            assert said.startswith(asked)
            assert "Nothing was changed." in said
    assert run(*end, typed="y\n").endswith("completed (time): a draw\n")


def test_what_cannot_be_ended_stays_and_leaves_no_entry(
    service: Service, run: Run, people: dict[str, int]
) -> None:
    over = play_to_the_end(service, started_duel(service, people["noura"], "khalid"))
    now = service.clock()
    invite = service.challenges.invite(people["noura"], "medium_verbal_15", "khalid", now)
    with unchanged(service):
        for arguments, said in (
            ((str(over.id),), f"Challenge {over.id} is completed."),
            ((str(over.id), "--left", "noura"), f"Challenge {over.id} is completed."),
            ((str(invite.id), "--left", "noura"), f"Challenge {invite.id} is pending_invite."),
            ((str(invite.id), "--left", "stranger"), "stranger does not play in challenge"),
            (("4711",), "There is no challenge 4711."),
            ((str(2**70),), "There is no challenge"),
            (("the last one",), "There is no challenge the last one."),
        ):
            assert said in run("challenges", "end", *arguments, *WHY, exit_code=1)
        assert "--reason" in run("challenges", "end", str(invite.id), "--yes", exit_code=2)


def test_ending_works_the_same_on_both_databases(
    service_on_either: Service, clock: SettableClock
) -> None:
    service = service_on_either
    noura = user_id(service, "noura")
    duel = started_duel(service, noura, "khalid")
    challenges = service.administration.challenges
    ended = challenges.end(duel.id, "a class is over", None, act(clock()))
    assert ended.end_reason == "time"
    shown, log = challenges.show(duel.id)
    assert (shown.status, log.floor) == ("completed", 0)
    assert [move.id for move in challenges.replay(duel.id)] == list(range(1, log.head + 1))
    assert challenges.of("khalid", 5)[0] == 1


def test_a_replay_says_each_move_and_the_state_after_it(
    service: Service, run: Run, ask: Ask, people: dict[str, int], clock: SettableClock
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    question = duel.questions[0]
    for name, choice in (
        ("noura", question.correct_answer),
        ("khalid", wrong_choice(duel, question.id)),
    ):
        clock.advance(5)
        service.challenges.answer(duel.id, people[name], question.id, choice, None, clock())
    service.challenges.leave(duel.id, people["khalid"], clock())

    moves = ask("challenges", "replay", str(duel.id))["moves"]
    wrong = wrong_choice(duel, question.id)
    assert [move["what"] for move in moves] == [
        "is pending_invite",
        "is accepted",
        "noura is ready",
        "khalid is ready",
        "is ongoing",
        f"noura answers {question.correct_answer} to question 1 (id {question.id}): right",
        "noura has 1",
        f"khalid answers {wrong} to question 1 (id {question.id}): wrong",
        "khalid stays at 0",
        "noura has finished",
        "khalid has finished",
        "is completed (left): noura has won",
    ]
    assert [move["id"] for move in moves] == list(range(1, 13))
    assert [move["at"][17:19] for move in moves[4:9]] == ["00", "05", "05", "10", "10"]
    last = moves[-1]
    scores = [(p["username"], p["score"], p["has_finished"]) for p in last["players"]]
    assert (last["status"], scores) == ("completed", [("noura", 1, True), ("khalid", 0, True)])
    lines = run("challenges", "replay", str(duel.id)).splitlines()
    assert lines[0].split() == ["id", "when", "event", "what", "status", "score"]
    assert lines[6].split()[:4] == ["6", moves[5]["at"], "answer.result", "noura"]
    assert lines[12].split()[-5:] == ["completed", "noura", "1,", "khalid", "0"]


def test_a_replay_of_a_trimmed_log_says_what_is_left(
    service: Service, run: Run, people: dict[str, int], clock: SettableClock
) -> None:
    duel = play_to_the_end(service, started_duel(service, people["noura"], "khalid"))
    clock.advance(service.settings.log_retention_seconds + 1)
    service.sweeper.delete_old()
    said = run("challenges", "replay", str(duel.id), exit_code=1)
    assert f"was deleted after LOG_RETENTION_SECONDS; challenges show {duel.id} has" in said
    assert "log: deleted\n" in run("challenges", "show", str(duel.id))


def test_a_challenge_is_shown_with_its_players_and_answers(
    service: Service, run: Run, ask: Ask, people: dict[str, int]
) -> None:
    duel = play_to_the_end(service, started_duel(service, people["noura"], "khalid"))
    shown = ask("challenges", "show", str(duel.id))
    assert (shown["status"], shown["end_reason"], shown["winner"]) == (
        *("completed", "answered"),
        "noura",
    )
    assert [(p["username"], p["score"]) for p in shown["players"]] == [
        ("noura", 10),
        ("khalid", 0),
    ]
    assert len(shown["answers"]) == 20
    assert {a["is_correct"] for a in shown["answers"] if a["username"] == "khalid"} == {False}
    assert shown["log"] == {"head": 46, "floor": 0}
    lines = run("challenges", "show", str(duel.id)).splitlines()
    state = "completed (answered): noura has won, noura 10, khalid 0"
    assert lines[0] == f"challenge {duel.id}: quick_quant_10, {state}"
    assert run("challenges", "show", "4711", exit_code=1) == "Error: There is no challenge 4711.\n"


def test_the_challenges_of_a_person_are_listed_newest_first(
    service: Service, run: Run, ask: Ask, people: dict[str, int]
) -> None:
    first = started_duel(service, people["noura"], "khalid")
    second = started_duel(service, people["khalid"], "noura", "medium_verbal_15")
    listed = ask("challenges", "list", "NOURA")
    assert [c["id"] for c in listed["challenges"]] == [second.id, first.id]
    assert run("challenges", "list", "noura", "--limit", "1").splitlines()[-1] == (
        "2 challenges in all"
    )
    assert run("challenges", "list", "stranger") == "0 challenges in all\n"
    said = run("challenges", "list", "nobody", exit_code=1)
    assert said == "Error: There is no account named nobody.\n"
