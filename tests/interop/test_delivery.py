"""What a client received is compared with the log, message by message."""

from typing import Any

from interop.delivery import delivery
from interop.record import Record

# Two messages differ in their ids only, as when a player answers two questions wrong.
LOG: list[dict[str, Any]] = [
    {"id": 1, "type": "challenge.update", "payload": {"status": "pending_invite"}},
    {"id": 2, "type": "participant.update", "payload": {"score": 0}},
    {"id": 3, "type": "participant.update", "payload": {"score": 0}},
    {"id": 4, "type": "challenge.end", "payload": {"status": "completed"}},
]


def record(*received: dict[str, Any], with_ids: bool = True) -> Record:
    made = Record()
    for event in received:
        message = {"type": event["type"], "payload": event["payload"]}
        made.take({"message": message, "id": str(event["id"]) if with_ids else None})
    return made


def test_every_message_in_order_is_whole() -> None:
    for with_ids in (True, False):
        found = delivery(LOG, record(*LOG, with_ids=with_ids))
        assert (found.is_whole, found.text()) == (True, "all 4")


def test_a_snapshot_counts_as_the_first_message() -> None:
    snapshot = {**LOG[0], "payload": {"status": "pending_invite", "server_time": "now"}}
    assert delivery(LOG, record(snapshot, *LOG[1:])).is_whole


def test_a_lost_message_is_known_by_its_id() -> None:
    found = delivery(LOG, record(LOG[0], LOG[2], LOG[3]))
    assert (found.lost, found.doubled, found.disordered) == (1, 0, 0)


def test_what_comes_twice_or_late_is_counted() -> None:
    assert delivery(LOG, record(*LOG, LOG[3])).text() == "1 doubled"
    assert delivery(LOG, record(LOG[0], LOG[2], LOG[1], LOG[3])).text() == "1 out of order"


def test_another_snapshot_and_events_without_data_are_counted() -> None:
    received = record(*LOG[:3], {**LOG[0], "payload": {"status": "ongoing"}}, LOG[3])
    received.take({"message": "", "id": "3"})
    assert delivery(LOG, received).text() == "1 more snapshots, 1 empty"


def test_control_messages_are_no_messages() -> None:
    received = record(*LOG)
    received.take({"message": '{"state": "open"}', "id": ""})
    assert (delivery(LOG, received).is_whole, received.control) == (True, 1)
