"""Drawing questions: at random from each section, those seen lately last."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from qader_sse.domain.challenge import Challenge, Question
from qader_sse.question_files import read
from qader_sse.service import Service
from qader_sse.store import drawing, models
from qader_sse.store.drawing import Seen
from tests.support.acts import act
from tests.support.clock import SettableClock
from tests.support.duel import add_users, play_to_the_end, started_duel, user_id

QUANTITATIVE = {"quantitative": 10}


def ids(questions: Sequence[Question]) -> set[int]:
    return {question.id for question in questions}


def draw(service: Service, counts: dict[str, int], seen: Seen | None = None) -> list[Question]:
    with service.database.read_transaction() as connection:
        return drawing.draw(connection, drawing.pools(connection), counts, seen or {})


def everything(service: Service) -> set[int]:
    return ids(draw(service, {"quantitative": 10_000}))


def test_each_section_gives_as_many_as_it_is_asked_for_and_all_that_it_has(
    service: Service,
) -> None:
    drawn = draw(service, {"quantitative": 5, "verbal": 7})
    sections = [question.section["slug"] for question in drawn]
    assert (sections.count("quantitative"), sections.count("verbal")) == (5, 7)
    assert len(ids(drawn)) == 12
    assert draw(service, {"no such section": 3}) == []
    assert len({frozenset(ids(draw(service, QUANTITATIVE))) for _ in range(20)}) > 15


def test_what_was_not_seen_comes_first_and_then_what_was_seen_longest_ago(
    service: Service,
) -> None:
    pool = sorted(everything(service))
    seen = {question_id: rank for rank, question_id in enumerate(pool[6:])}
    drawn = ids(draw(service, QUANTITATIVE, seen))
    assert drawn == {*pool[:6], *pool[6:10]}


def test_the_next_duels_of_either_player_show_other_questions(service: Service) -> None:
    noura, _, _, _ = add_users(service, "noura", "khalid", "sara", "fahad")
    first = play(service, noura, "khalid")
    second = play(service, noura, "sara")
    third = play(service, user_id(service, "sara"), "khalid")
    fourth = play(service, user_id(service, "fahad"), "khalid")
    shown = [ids(duel.questions) for duel in (first, second, third)]
    assert len(set.union(*shown)) == 30
    assert not ids(fourth.questions) & (shown[0] | shown[2])  # khalid has not seen the second


def play(service: Service, challenger_id: int, opponent: str) -> Challenge:
    return play_to_the_end(service, started_duel(service, challenger_id, opponent))


def test_a_match_shows_what_neither_has_seen(service: Service, clock: SettableClock) -> None:
    noura, _, sara = add_users(service, "noura", "khalid", "sara")
    # Five duels show all questions of the bank but ten. If the match draws these ten, that is no
    # chance.
    shown: set[int] = set()
    for _ in range(5):
        shown |= ids(play(service, noura, "khalid").questions)
    waiting = service.challenges.seek(sara, "quick_quant_10", clock())
    matched = service.challenges.seek(noura, "quick_quant_10", clock())
    assert (matched.id, waiting.questions) == (waiting.id, ())
    assert len(shown) == 50
    assert not ids(matched.questions) & shown

    service.challenge_cache.clear()
    found = service.challenge_cache.read(matched.id)
    assert found is not None
    assert found[0].questions == matched.questions


def test_an_invite_that_was_never_played_has_shown_nothing(
    service: Service, clock: SettableClock
) -> None:
    noura, _ = add_users(service, "noura", "khalid")
    service.challenges.invite(noura, "quick_quant_10", "khalid", clock())
    assert seen(service, noura, clock) == {}


def test_what_was_seen_a_month_ago_counts_as_new(service: Service, clock: SettableClock) -> None:
    noura, _ = add_users(service, "noura", "khalid")
    play(service, noura, "khalid")
    assert len(seen(service, noura, clock)) == 10
    clock.advance(timedelta(days=31).total_seconds())
    assert seen(service, noura, clock) == {}


def seen(service: Service, user: int, clock: SettableClock) -> Seen:
    with service.database.read_transaction() as connection:
        return drawing.seen_lately(connection, [user], clock())


def test_imported_questions_are_drawn_at_once(service: Service, tmp_path: Path) -> None:
    before = everything(service)
    with service.database.transaction() as tx:
        tx.connection.execute(update(models.Question).values(is_current=None))
    file = tmp_path / "bank.csv"
    file.write_text(
        "code,section,subsection,skill,question_text,option_a,option_b,option_c,option_d,"
        "correct_answer,difficulty\n"
        "new-1,quantitative,algebra,,1 + 1 = ?,1,2,3,4,B,1\n"
    )
    service.question_bank.import_file(read(file), file.name, act(service.clock()))
    after = draw(service, QUANTITATIVE)
    assert [question.text for question in after] == ["1 + 1 = ?"]
    assert not ids(after) & before
