"""The check of a viewer's log finds a message that is missing, surplus or in a wrong position."""

import pytest

from bench.delivery_check import Acknowledged, AcknowledgedAnswer, Counts, Entry, Key, count

SARA, FAHAD = 1, 2
RIGHT, WRONG = AcknowledgedAnswer(7, is_correct=True), AcknowledgedAnswer(8, is_correct=False)
ACKNOWLEDGED = {
    SARA: Acknowledged(is_ready=True, answers=[RIGHT, WRONG]),
    FAHAD: Acknowledged(is_ready=True, answers=[AcknowledgedAnswer(7, is_correct=False)]),
}


def update(user_id: int, score: int = 0) -> Key:
    return Key("participant.update", user_id, score=score)


def result(user_id: int, question_id: int, score: int = 0) -> Key:
    return Key("answer.result", user_id, question_id, score)


KEYS = [
    Key("challenge.update", 0),  # the snapshot
    update(SARA),
    update(FAHAD),
    Key("challenge.start", 0),
    result(SARA, 7, 1),
    update(SARA, 1),
    result(FAHAD, 7),
    update(FAHAD),
    result(SARA, 8, 1),
    update(SARA, 1),
    Key("challenge.end", 0),
]
LOG = [Entry(seq, key) for seq, key in enumerate(KEYS, 3)]
UNNUMBERED = [Entry(None, key) for key in KEYS]

each_transport = pytest.mark.parametrize("log", [LOG, UNNUMBERED], ids=["sse", "websocket"])


@each_transport
def test_a_complete_log_has_nothing_wrong(log: list[Entry]) -> None:
    assert count(log, ACKNOWLEDGED) == Counts(expected=10)


@pytest.mark.parametrize("position", [1, 2, 3, 4, 6, 8, 10])
def test_updates_of_who_went_away_and_came_back_are_nobodys_actions(position: int) -> None:
    scores = {SARA: 1 if position > 5 else 0, FAHAD: 0}
    are_ready = {SARA: position > 1, FAHAD: position > 2}
    away = [
        Entry(None, update(user, score), is_online=False, is_ready=are_ready[user])
        for user, score in scores.items()
    ]
    back = [entry._replace(is_online=True) for entry in away]
    log = [*UNNUMBERED[:position], *away, *back, *UNNUMBERED[position:]]
    assert count(log, ACKNOWLEDGED) == Counts(expected=10)


def test_an_update_of_who_is_ready_and_not_online_yet_is_their_action() -> None:
    ready = [entry._replace(is_online=False, is_ready=True) for entry in LOG[1:3]]
    assert count([LOG[0], *ready, *LOG[3:]], ACKNOWLEDGED) == Counts(expected=10)


@each_transport
@pytest.mark.parametrize("position", range(1, 11))
def test_a_lost_message_is_counted(log: list[Entry], position: int) -> None:
    found = count(log[:position] + log[position + 1 :], ACKNOWLEDGED)
    assert (found.lost, found.doubled, found.disordered) == (1, 0, 0)


@each_transport
@pytest.mark.parametrize("position", range(1, 11))
def test_a_doubled_message_is_counted(log: list[Entry], position: int) -> None:
    found = count(log[: position + 1] + log[position:], ACKNOWLEDGED)
    assert (found.lost, found.doubled) == (0, 1)


@each_transport
@pytest.mark.parametrize("position", range(2, 10))
def test_a_message_before_its_predecessor_is_counted(log: list[Entry], position: int) -> None:
    early = [*log[:position], log[position + 1], log[position], *log[position + 2 :]]
    found = count(early, ACKNOWLEDGED)
    assert (found.lost, found.doubled) == (0, 0)
    assert found.disordered


def test_of_a_failed_duel_only_acknowledged_actions_are_expected() -> None:
    acknowledged = {SARA: Acknowledged(is_ready=True), FAHAD: Acknowledged()}
    assert count(LOG[:2], acknowledged, is_over=False) == Counts(expected=1)
    assert count(LOG[:1], acknowledged, is_over=False).lost == 1
