"""Nobody receives a byte that depends on what they may not know: by no transport, live or later.

Each test runs the same random steps in two worlds, which differ only in a secret, and compares all that one
person received: answers and errors with their headers, polled events, streams from a snapshot and from a
cursor. Equal bytes have equal sizes, compressed or not.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.duel import CHALLENGES
from tests.support.worlds import World, look_around, world

Story = Callable[[World, random.Random], None]

KIND = "quick_quant_10"
INVITE = {"challenge_type": KIND, "opponent_username": "khalid"}
LETTERS = "ABCD"
SEEDS = range(3)
# He knows his own answers, his own name, and whom he has blocked.
WHAT_KHALID_KNOWS = [f"{CHALLENGES}1/", "/api/v1/users/me/", "/api/v1/users/blocked/"]


def compare(story: Story, seed: int, template: Path, folder: Path) -> None:
    """Run a story in both worlds, and compare what noura received."""
    received, known = [], []
    for number in range(2):
        with world(number, template, folder) as here:
            story(here, random.Random(seed))
            received.append(here.everything_received())
            known.append([here.ask("khalid", "GET", path).get_data() for path in WHAT_KHALID_KNOWS])
    assert known[0] != known[1]  # there is a secret
    assert len(received[0]) == len(received[1]) > 20
    for before, (first, second) in enumerate(zip(*received, strict=True)):
        assert first == second, f"after {received[0][max(0, before - 1)]!r}"


def duel(here: World, chance: random.Random) -> None:
    """The secrets: what is right and why, and what the rival chose before noura's own answer.

    Of the first five questions, both worlds have the same right answer. Of the others, noura chooses
    what is right in neither world, because she learns at once whether she was right.
    """
    question_ids = _set_answers(here)
    challenger, invited = chance.sample(["noura", "khalid"], 2)
    body = {"challenge_type": KIND, "opponent_username": invited}
    challenge_id = here.ask(challenger, "POST", CHALLENGES, body).get_json()["id"]
    here.challenges = [challenge_id]
    here.sql("UPDATE challenges SET question_ids = :ids", ids=str(question_ids))
    path = f"{CHALLENGES}{challenge_id}/"
    here.ask(invited, "POST", f"{path}accept/")
    # His comes first, so a frame that both share would be rendered for him.
    here.follow("socket", challenge_id, None, "khalid")
    here.follow_all(chance.choice(["wsgi", "socket"]), challenge_id)
    here.follow("websocket", challenge_id, None)
    for name in ("noura", "khalid"):
        here.ask(name, "POST", f"{path}ready/")
    answered: dict[str, dict[int, str]] = {"noura": {}, "khalid": {}}
    for _ in range(40):
        name = chance.choice(["noura", "khalid", "look", "look"])
        place = chance.randrange(10)
        letters = _letters(place, name, answered, chance)
        if name == "look":
            look_around(here, chance)
        elif name == "khalid" and place not in answered[name]:
            answered[name][place] = letters[here.number]
            here.ask(
                name, "POST", f"{path}answer/", _answer(question_ids[place], letters[here.number])
            )
        elif name == "noura" and len(answered[name]) < 9:
            # Once more is answered as well: the same answer with the first result, another refused.
            answered[name].setdefault(place, letters[0])
            here.ask(name, "POST", f"{path}answer/", _answer(question_ids[place], letters[0]))
    assert here.ask("khalid", "GET", path).get_json()["status"] == "ongoing"


def _answer(question_id: int, letter: str) -> dict[str, object]:
    return {"question_id": question_id, "selected_answer": letter}


def _right(world_number: int, place: int) -> str:
    return LETTERS[place % 4] if place < 5 else LETTERS[(place + world_number) % 4]


def _letters(
    place: int, name: str, answered: dict[str, dict[int, str]], chance: random.Random
) -> list[str]:
    """Choose a letter for each world, so that noura may learn what the choice results in."""
    rights = [_right(number, place) for number in range(2)]
    wrong = [letter for letter in LETTERS if letter not in rights]
    if name == "khalid" and place not in answered["noura"]:
        return chance.choice([rights, wrong[:2]])
    return [chance.choice(rights[:1] + wrong if place < 5 else wrong)] * 2


def _set_answers(here: World) -> list[int]:
    """Give ten questions the right answers, explanations and methods of this world; return their ids."""
    with here.service.database.read_transaction() as connection:
        rows = connection.exec_driver_sql(
            "SELECT q.id FROM questions q JOIN subsections s ON s.id = q.subsection_id"
            " JOIN sections ON sections.id = s.section_id"
            " WHERE sections.slug = 'quantitative' ORDER BY q.id LIMIT 10"
        )
        ids = [row[0] for row in rows]
    for place, question_id in enumerate(ids):
        here.sql(
            "UPDATE questions SET correct_answer = :right, explanation = :why,"
            " solution_method_summary = :why WHERE id = :id",
            right=_right(here.number, place),
            why="because " * (1 + here.number * place),
            id=question_id,
        )
    return ids


def names(here: World, chance: random.Random) -> None:
    """The secret: full name and grade of somebody who has not accepted noura's invite."""
    full_name, grade = ("خالد بن محمد", "11") if here.number else ("Khalid", "الصف الثالث الثانوي")
    here.sql(
        "UPDATE users SET full_name = :name, grade = :grade WHERE username = 'khalid'",
        name=full_name,
        grade=grade,
    )
    for _ in range(30):
        step = chance.randrange(8)
        one = f"{CHALLENGES}{chance.choice(here.challenges or [1])}/"
        if step == 0 or not here.challenges:
            here.ask("noura", "POST", CHALLENGES, INVITE)
        elif step == 1:
            here.ask("khalid", "POST", f"{one}decline/")
        elif step == 2:
            here.ask("noura", "POST", one + chance.choice(["ready/", "cancel/", "accept/"]))
        elif step == 3:
            here.ask("khalid", "GET", chance.choice([one, "/api/v1/users/online/"]))
        else:
            look_around(here, chance)
    here.clock.advance(here.service.settings.invite_seconds)
    here.service.sweeper.run_once()
    here.ask("noura", "GET", CHALLENGES)


def block(here: World, chance: random.Random) -> None:
    """The secret: whether khalid has blocked noura, or only does not want to be listed."""
    when = chance.randrange(15)
    for number in range(30):
        if number == when and here.number:
            here.ask("khalid", "POST", "/api/v1/users/noura/block/")
        elif number == when:
            here.ask("khalid", "PATCH", "/api/v1/users/me/", {"listed_online": False})
        step = chance.randrange(9)
        one = f"{CHALLENGES}{chance.choice(here.challenges or [1])}/"
        if step == 0 or not here.challenges:
            here.ask("noura", "POST", CHALLENGES, INVITE)
        elif step == 1:
            here.ask(chance.choice(["noura", "huda"]), "POST", CHALLENGES, {"challenge_type": KIND})
        elif step == 2:
            here.ask("noura", "POST", one + chance.choice(["ready/", "cancel/", "rematch/"]))
        elif step == 3:
            here.ask("khalid", "GET", "/api/v1/users/online/")
        else:
            look_around(here, chance)
    here.clock.advance(here.service.settings.invite_seconds)
    here.service.sweeper.run_once()
    here.ask("noura", "GET", CHALLENGES)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("story", [duel, names, block])
def test_no_byte_tells_a_secret(
    story: Story, seed: int, migrated_database: Path, tmp_path: Path
) -> None:
    compare(story, seed, migrated_database, tmp_path)
