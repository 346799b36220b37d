"""Snapshots, cursors and the frames between them fit together at every point of a duel."""

import random

import pytest
from flask import Flask
from sqlalchemy import delete, update

from qader_sse.domain.challenge import Challenge
from qader_sse.domain.payloads import Choice
from qader_sse.domain.presenters import Viewer
from qader_sse.realtime.protocol import cursor as cursors
from qader_sse.realtime.protocol.frames import Frame
from qader_sse.service import Service
from qader_sse.store.models import EventRow, Topic
from tests.support.clock import SettableClock
from tests.support.duel import started_duel
from tests.support.replay import follow, payload
from tests.support.streams import first_frames, stored_frames

CHOICES: tuple[Choice, ...] = ("A", "B", "C", "D")


class Recording:
    """A duel with a snapshot taken, for each viewer, after every action."""

    def __init__(self, service: Service, challenger_id: int, opponent: str, seed: int) -> None:
        self.service = service
        self.snapshots: list[dict[Viewer, Frame]] = []
        invite = service.challenges.invite(
            challenger_id, "quick_quant_10", opponent, service.clock()
        )
        self.id = invite.id
        self.viewers = [Viewer(a.player.id, "en") for a in invite.attempts]
        self._snap()
        self._play(invite, random.Random(seed))

    def frames(self, viewer: Viewer, cursor: int) -> list[Frame]:
        return stored_frames(self.service, self.id, viewer, cursor)

    def _play(self, invite: Challenge, chance: random.Random) -> None:
        challenger, opponent = (viewer.user_id for viewer in self.viewers)
        challenges, now = self.service.challenges, self.service.clock()
        challenges.ready(self.id, challenger, now)
        self._snap()
        challenges.accept(self.id, opponent, now)
        self._snap()
        challenges.ready(self.id, opponent, now)
        self._snap()
        turns = [(user, q.id) for user in (challenger, opponent) for q in invite.questions]
        chance.shuffle(turns)
        for user_id, question_id in turns:
            choice = chance.choice(CHOICES)
            challenges.answer(self.id, user_id, question_id, choice, None, now)
            self._snap()

    def _snap(self) -> None:
        starts = {v: self.service.opener.challenge(self.id, v, None) for v in self.viewers}
        self.snapshots.append({v: first_frames(start, v)[0] for v, start in starts.items()})


@pytest.fixture(params=range(3))
def recording(
    request: pytest.FixtureRequest, service: Service, people: dict[str, int]
) -> Recording:
    return Recording(service, people["noura"], "khalid", seed=request.param)


def test_any_snapshot_plus_the_frames_after_it_is_a_fresh_snapshot(recording: Recording) -> None:
    for viewer in recording.viewers:
        fresh = payload(recording.snapshots[-1][viewer])
        for taken in recording.snapshots:
            frames = recording.frames(viewer, taken[viewer].seq)
            followed = follow(payload(taken[viewer]), frames, viewer)
            followed["server_time"] = fresh["server_time"]
            assert followed == fresh


@pytest.mark.claim("S9")
def test_a_snapshot_is_numbered_by_the_last_event_it_reflects(recording: Recording) -> None:
    """A number that is too low by one would repeat an event, too high by one would lose one."""
    created, ready, accepted, started = 1, 2, 3, 5
    answered = range(started + 2, started + 2 * 20, 2)
    expected = [created, ready, accepted, started, *answered, 46]
    for viewer in recording.viewers:
        assert [taken[viewer].seq for taken in recording.snapshots] == expected


@pytest.mark.claim("S11")
def test_resuming_from_every_cursor_gives_the_same_remaining_frames(recording: Recording) -> None:
    for viewer in recording.viewers:
        whole = recording.frames(viewer, 0)
        assert [frame.seq for frame in whole] == list(range(1, len(whole) + 1))
        for cursor in range(len(whole) + 1):
            assert recording.frames(viewer, cursor) == whole[cursor:]


@pytest.mark.claim("M21")
def test_a_replay_has_the_server_time_of_its_event_and_a_snapshot_that_of_now(
    service: Service, people: dict[str, int], clock: SettableClock
) -> None:
    duel, viewer = started_duel(service, people["noura"], "khalid"), Viewer(people["noura"], "en")
    then = clock()
    clock.advance(60)
    *_, start = stored_frames(service, duel.id, viewer)
    (snapshot,) = first_frames(service.opener.challenge(duel.id, viewer, None), viewer)
    assert start.type == "challenge.start"
    times = [payload(frame)["server_time"] for frame in (start, snapshot)]
    assert times == [
        moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" for moment in (then, clock())
    ]


@pytest.mark.claim("S12")
@pytest.mark.parametrize(
    ("cursor", "mode"),
    [(8, "reset"), (9, "resumed"), (10, "resumed"), (46, "resumed"), (47, "reset")],
)
def test_a_trimmed_log_resumes_from_its_floor_and_resets_below(
    service: Service, people: dict[str, int], cursor: int, mode: str
) -> None:
    recording = Recording(service, people["noura"], "khalid", seed=1)
    with service.database.transaction() as tx:
        tx.connection.execute(delete(EventRow).where(EventRow.seq <= 9))
        tx.connection.execute(update(Topic).where(Topic.name.like("challenge:%")).values(floor=9))
    viewer = recording.viewers[0]
    start = service.opener.challenge(recording.id, viewer, cursor)
    assert start.mode == mode
    if start.snapshot:
        assert start.snapshot.seq == start.cursor == 46
    else:
        seqs = [frame.seq for frame in recording.frames(viewer, cursor)]
        assert seqs == list(range(cursor + 1, 47))


@pytest.mark.claim("S12")
def test_a_cursor_beyond_any_number_is_a_reset(service: Service, people: dict[str, int]) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    viewer = Viewer(people["noura"], "en")
    start = service.opener.challenge(duel.id, viewer, cursors.parse_cursor("9" * 30))
    assert (start.mode, start.cursor) == ("reset", 5)


@pytest.mark.claim("S15")
@pytest.mark.parametrize(("text", "cursor"), [("0", 0), ("41", 41), ("007", 7)])
def test_a_cursor_is_a_whole_number(text: str, cursor: int) -> None:
    assert cursors.parse_cursor(text) == cursor


@pytest.mark.claim("S13")
@pytest.mark.parametrize("text", ["", "banana", "-1", "1.5", " 1", "1 ", "٤١", "0x10", "1e3"])
def test_anything_else_is_no_cursor(text: str) -> None:
    with pytest.raises(cursors.BadCursor):
        cursors.parse_cursor(text)


@pytest.mark.claim("S10")
def test_notifications_without_a_cursor_begin_at_the_head(
    service: Service, people: dict[str, int]
) -> None:
    service.challenges.invite(people["noura"], "quick_quant_10", "khalid", service.clock())
    khalid = Viewer(people["khalid"], "en")
    start = service.opener.notifications(khalid, None)
    assert (start.mode, start.cursor, start.snapshot) == ("snapshot", 1, None)
    assert service.opener.notifications(khalid, 0).mode == "resumed"
    assert service.opener.notifications(khalid, 2).mode == "reset"


def test_a_command_gives_all_clients_a_reset(
    app: Flask, service: Service, people: dict[str, int]
) -> None:
    duel = started_duel(service, people["noura"], "khalid")
    result = app.test_cli_runner().invoke(args=["reset-streams"])
    assert result.exit_code == 0, result.output
    viewer = Viewer(people["noura"], "en")
    assert service.opener.challenge(duel.id, viewer, 5).mode == "reset"
