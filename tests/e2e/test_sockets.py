"""The WebSocket shim: how it refuses clients, and which messages it takes from them."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from qader_client.rest import Api
from qader_client.watch import Refused, SocketWatcher

from cluster.local_server import LocalServer
from cluster.waiting import wait_until

Player = Callable[[int], Api]
NOTIFICATIONS = "/ws/challenges/notifications/"


@pytest.fixture
def challenge_id(player: Player) -> Iterator[int]:
    created: int = player(1).create("quick_quant_10", "player2").body["id"]
    yield created
    player(1).act(created, "cancel")  # or the next test would get the same one, as this left it


def address(challenge_id: int) -> str:
    return f"/ws/challenges/{challenge_id}/"


def closed(watcher: SocketWatcher) -> tuple[int | None, str | None]:
    watcher.wait_until(lambda: watcher.close_code is not None)
    watcher.cut()
    return watcher.close_code, watcher.close_reason


@pytest.mark.claim("S1")
def test_a_client_that_is_not_signed_in_is_closed_with_4001(
    server: LocalServer, challenge_id: int
) -> None:
    for path in (address(challenge_id), NOTIFICATIONS):
        code, reason = closed(SocketWatcher(Api(server.base_url), path).open())
        assert (code, reason) == (4001, "You are not signed in. Sign in and try again.")


@pytest.mark.claim("S2")
def test_a_user_who_is_no_participant_is_closed_with_4003(
    player: Player, challenge_id: int
) -> None:
    code, reason = closed(SocketWatcher(player(3), address(challenge_id)).open())
    assert (code, reason) == (4003, "Only the two players may follow this duel.")


@pytest.mark.claim("S3")
@pytest.mark.parametrize("missing", [999_999, 10**30])
def test_an_unknown_challenge_is_closed_with_4004(player: Player, missing: int) -> None:
    code, reason = closed(SocketWatcher(player(1), address(missing)).open())
    assert code == 4004
    assert reason is not None
    assert reason.startswith("Duel not found.")


def test_close_reasons_are_arabic_under_the_arabic_prefix(
    player: Player, challenge_id: int
) -> None:
    code, reason = closed(SocketWatcher(player(3), f"/ar{address(challenge_id)}").open())
    assert (code, reason) == (4003, "متابعة هذه المبارزة متاحة لطرفيها فقط.")


def test_an_id_that_is_no_cursor_is_reset_with_a_snapshot(
    player: Player, challenge_id: int
) -> None:
    watcher = SocketWatcher(player(1), f"{address(challenge_id)}?last_event_id=banana").open()
    assert watcher.wait_for("challenge.update").payload["id"] == challenge_id
    watcher.cut()


def test_a_page_of_another_origin_gets_no_websocket(player: Player, challenge_id: int) -> None:
    for origin in ("https://evil.example", "null"):
        watcher = SocketWatcher(player(1), address(challenge_id), origin=origin)
        with pytest.raises(Refused, match="answered with 403"):
            watcher.open()


@pytest.mark.parametrize(
    "header", ["X-None: 0", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AA"]
)
def test_a_handshake_that_lacks_its_headers_is_a_bad_request(
    server: LocalServer, player: Player, header: str
) -> None:
    name, _, value = header.partition(": ")
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", name: value}
    answer = player(1).request("GET", NOTIFICATIONS, headers=headers)
    assert (answer.status, list(answer.body)) == (400, ["detail"])
    assert "Traceback" not in server.log


@pytest.mark.claim("W9")
@pytest.mark.parametrize("headers", [{}, {"Connection": "close"}, {"Upgrade": "websocket"}])
def test_a_handshake_without_its_upgrade_is_answered_with_what_a_proxy_may_have_done(
    player: Player, challenge_id: int, headers: dict[str, str]
) -> None:
    answer = player(1).request("GET", address(challenge_id), headers=headers)
    assert answer.status == 426
    assert "a proxy before the service does not pass its Upgrade header on" in answer.body["detail"]
    assert answer.headers["Upgrade"] == "websocket"
    assert answer.headers["Connection"] == "upgrade"


def test_a_page_of_the_same_origin_gets_a_websocket(
    server: LocalServer, player: Player, challenge_id: int
) -> None:
    watcher = SocketWatcher(player(1), address(challenge_id), origin=server.base_url)
    watcher.open().wait_for("challenge.update")
    watcher.cut()


@pytest.mark.claim("W5")
def test_mark_ready_is_acted_on_and_confirmed(player: Player, challenge_id: int) -> None:
    watcher = SocketWatcher(player(1), address(challenge_id)).open()
    watcher.send({"type": "mark_ready"})
    watcher.wait_for("participant.update")
    watcher.wait_until(lambda: watcher.replies)
    assert watcher.replies == [
        {
            "type": "ready_confirmation",
            "payload": {
                "user_status": "ready",
                "challenge_status": "pending_invite",
                "challenge_started": False,
                "detail": "You are ready. The duel starts when your opponent is.",
            },
        }
    ]
    watcher.cut()


@pytest.mark.claim("M7")
def test_a_refused_mark_ready_is_an_error_on_its_own_websocket_only(
    player: Player, challenge_id: int
) -> None:
    hers = SocketWatcher(player(1), address(challenge_id)).open()
    his = SocketWatcher(player(2), address(challenge_id)).open()
    his.send({"type": "mark_ready"})
    his.wait_until(lambda: his.replies)
    assert his.replies == [
        {"type": "error", "payload": {"detail": "Accept the invite first, then get ready."}}
    ]
    assert hers.replies == []
    for watcher in (hers, his):
        watcher.cut()


@pytest.mark.claim("W6")
@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ("{", "not valid JSON"),
        ("", "not valid JSON"),
        ("[" * 2_000, "not valid JSON"),
        ('"mark_ready"', "must be a JSON object"),
        ("[]", "must be a JSON object"),
        ("{}", "Unknown message type"),
        ('{"type": 7}', "Unknown message type"),
        ('{"type": "answer", "question_id": 1}', "Unknown message type"),
    ],
)
def test_any_other_message_is_answered_with_an_error(
    player: Player, challenge_id: int, sent: str, answer: str
) -> None:
    for path in (address(challenge_id), NOTIFICATIONS):
        watcher = SocketWatcher(player(1), path).open()
        watcher.send(sent)
        watcher.wait_until(lambda watcher=watcher: watcher.replies)  # type: ignore[misc]
        assert watcher.replies[0]["type"] == "error"
        assert answer in watcher.replies[0]["payload"]["detail"]
        watcher.cut()


@pytest.mark.claim("W8")
def test_a_message_over_the_size_limit_closes_the_websocket(
    player: Player, challenge_id: int
) -> None:
    watcher = SocketWatcher(player(1), address(challenge_id)).open()
    watcher.send("x" * 10_000)
    assert closed(watcher)[0] == 1009


@pytest.mark.claim("C5")
def test_a_client_that_sends_without_reading_is_closed(
    server: LocalServer, player: Player, challenge_id: int
) -> None:
    watcher = SocketWatcher(player(1), address(challenge_id)).open()
    with suppress(OSError):  # the server may close at any moment
        for _ in range(2_000):
            watcher.send({"type": "nonsense"})
    watcher.wait_until(lambda: watcher.close_code is not None or len(watcher.replies) == 2_000)
    # 1006 if a reset, caused by unread input, arrives before the close frame.
    assert watcher.close_code in (None, 1006, 1008)
    assert "Traceback" not in server.log
    watcher.cut()


def test_a_websocket_cut_by_its_client_is_logged_as_closed(
    server: LocalServer, player: Player, challenge_id: int
) -> None:
    watcher = SocketWatcher(player(1), address(challenge_id)).open()
    watcher.wait_for("challenge.update")
    watcher.cut()
    line = f"stream closed transport=websocket topics=challenge:{challenge_id} "
    wait_until(lambda: line in server.log)


@pytest.mark.claim("W6")
@pytest.mark.parametrize(
    ("prefix", "said"),
    [
        ("", "There is no such field here: challenge, x. Leave it out."),
        ("/ar", "لا يوجد هنا حقل باسم challenge, x. يُرجى حذفه."),
    ],
)
def test_a_command_with_other_fields_is_an_error_and_not_acted_on(
    player: Player, challenge_id: int, prefix: str, said: str
) -> None:
    watcher = SocketWatcher(player(1), f"{prefix}{address(challenge_id)}").open()
    watcher.send('{"type": "mark_ready", "x": 1, "challenge": 7}')
    watcher.send('{"type": "mark_ready", "\\ud800": 1}')
    watcher.wait_until(lambda: len(watcher.replies) == 2)
    watcher.cut()
    assert watcher.replies[0] == {"type": "error", "payload": {"detail": said}}
    assert watcher.replies[1]["type"] == "error"
    attempts = player(1).detail(challenge_id)["attempts"]
    assert [attempt["is_ready"] for attempt in attempts] == [False, False]
