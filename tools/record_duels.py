"""Plays a duel of each type and writes what both players get of it, on every transport.

`make documents` runs it; `tests/e2e/test_golden_duels.py` plays the duels again and compares. Each
message is written once, as it differs from an earlier one; a stream then names its messages by their
numbers, and is otherwise shown as it was written, byte by byte.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Any, Self

from qader_client.rest import Api

from cluster.local_server import LocalServer
from cluster.process import ROOT
from qader_sse.domain.challenge_types import CHALLENGE_TYPES, QUANTITATIVE, VERBAL
from tools.duel_text import DuelText, Message, Stream, messages_of, of_topic
from tools.normalised import Normaliser
from tools.raw_streams import SocketRecording, SseRecording, get, wait_for

FOLDER = ROOT / "tests" / "golden"
NOTIFICATIONS = "challenges/notifications/"
_PASSWORD = "three-blue-camels"  # noqa: S105  # of accounts of its own server
_NAMES = ("sara", "fahad")


class RecordingServer(LocalServer):
    """A server whose questions are alike but for their numbers, so that any draw shows the same."""

    def __enter__(self) -> Self:
        bank = self.log_path.with_name("bank.json")
        bank.write_text(json.dumps({"sections": _sections(), "questions": _questions()}))
        self.flask("db", "upgrade")
        self.flask("questions", "import", str(bank))
        return super().__enter__()


def _sections() -> list[Any]:
    return [
        {
            "slug": slug,
            "name": slug.title(),
            "subsections": [
                {
                    "slug": f"{slug}-part",
                    "name": "Part",
                    "order": 1,
                    "skills": [{"slug": f"{slug}-skill", "name": "Skill"}],
                }
            ],
        }
        for slug in (QUANTITATIVE, VERBAL)
    ]


def _questions() -> list[Any]:
    return [
        {
            "code": f"{slug}-{number}",
            "section": slug,
            "subsection": f"{slug}-part",
            "skill": f"{slug}-skill",
            "difficulty": 2,
            "question_text": f"Question {number} of {slug}",
            "options": {"A": "one", "B": "two", "C": "three", "D": "four"},
            "correct_answer": "A",
            "hint": "A hint.",
            "explanation": "An explanation.",
            "solution_method_summary": "A summary.",
        }
        for slug in (QUANTITATIVE, VERBAL)
        for number in range(1, 16)
    ]


class Player:
    """One viewer, and what was recorded of them: streams and polled pages, by their titles."""

    def __init__(self, server: LocalServer, name: str, kind: str) -> None:
        self.name, self.username = name, f"{name}_{kind}"
        self.api = Api(server.base_url)
        account = {"username": self.username, "password": _PASSWORD, "full_name": name.title()}
        self.api.user = self.api.post("/api/v1/auth/register/", account).body["user"]
        self.sse: dict[str, SseRecording] = {}
        self.sockets: dict[str, SocketRecording] = {}
        self.pages: dict[str, list[str]] = {}

    def follow(self, title: str, path: str, cursor: int | None = None) -> None:
        """Follow a topic over both transports, from a cursor if it is given."""
        self.sse[title] = SseRecording(
            self.api, f"/sse/{path}", "" if cursor is None else str(cursor)
        )
        query = "" if cursor is None else f"?last_event_id={cursor}"
        self.sockets[title] = SocketRecording(self.api, f"/ws/{path}{query}")

    def poll(self, title: str, path: str) -> None:
        """Poll from the beginning to the end; keep the pages."""
        pages = self.pages[title] = [get(self.api, f"/api/v1/challenges/{path}events/?after=0")]
        while not _is_last(pages[-1]):
            after = json.loads(pages[-1])["events"][-1]["id"]
            pages.append(get(self.api, f"/api/v1/challenges/{path}events/?after={after}"))

    def recordings(self) -> Iterator[tuple[str, Stream]]:
        for transport, found in (
            ("Server-Sent Events", self.sse),
            ("WebSocket", self.sockets),
            ("polling", self.pages),
        ):
            for title, stream in found.items():
                yield f"{self.name}, {transport}: {title}", stream

    def close(self) -> None:
        for stream in self.sse.values():
            stream.close()
        for socket in self.sockets.values():
            socket.close()
        self.api.close()


def _is_last(page: str) -> bool:
    parsed = json.loads(page)
    return not parsed["events"] or bool(parsed["events"][-1]["id"] == parsed["head"])


def main() -> None:
    for name, text in record().items():
        (FOLDER / name).write_text(text)
        print(f"{name}: {len(text) / 1000:.0f} KB")


def record() -> dict[str, str]:
    """Play a duel of each type; return the texts, by the names of their files."""
    settings = {"PASSWORD_HASH_METHOD": "pbkdf2:sha256:1", "HEARTBEAT_SECONDS": "300"}
    with RecordingServer(**settings) as server:
        return {f"{kind}.txt": _record_duel(server, kind) for kind in CHALLENGE_TYPES}


def _record_duel(server: LocalServer, kind: str) -> str:
    with ExitStack() as stack:
        players = [stack.enter_context(closing(Player(server, name, kind))) for name in _NAMES]
        normaliser = Normaliser({player.username: player.name for player in players})
        for player in players:
            normaliser.number("person", player.api.user_id)
        duel = _play(players[0], players[1], kind, normaliser)
        return "\n".join(_written(kind, players, duel, normaliser)) + "\n"


def _play(sara: Player, fahad: Player, kind: str, normaliser: Normaliser) -> int:
    for player in (sara, fahad):
        player.follow("notifications, live", NOTIFICATIONS)
    duel = int(sara.api.create(kind, fahad.username).body["id"])
    normaliser.number("challenge", duel)
    one, several = f"challenges/{duel}/", f"stream/?topics=challenges/{duel},notifications"
    for player in (sara, fahad):
        player.follow("challenge, live", one)
    fahad.api.act(duel, "accept")
    for player in (sara, fahad):
        player.sse["both topics, live"] = SseRecording(player.api, f"/sse/{several}")
        wait_for(1, player.sse["both topics, live"])
    for player in (sara, fahad):
        player.sockets["challenge, live"].ask('{"type":"mark_ready"}')
    fahad.sockets["challenge, live"].ask('{"type":"answer"}')
    _answer(sara, fahad, duel, normaliser)
    head = _head(sara, one)
    for player in (sara, fahad):
        wait_for(head, player.sse["challenge, live"], player.sockets["challenge, live"])
        wait_for(head - 1, player.sse["both topics, live"])
    # What follows reaches the notifications alone, and comes after all of the challenge.
    sara.api.act(fahad.api.act(duel, "rematch").body["id"], "decline")
    fahad.api.act(fahad.api.create(kind, sara.username).body["id"], "cancel")
    for player in (sara, fahad):
        _replay(player, duel, head, several)
    return duel


def _answer(sara: Player, fahad: Player, duel: int, normaliser: Normaliser) -> None:
    questions = sara.api.detail(duel)["questions"]
    # Not in the order of the draw: that of the sections is the same each time.
    questions.sort(key=lambda question: question["section"]["id"])
    for number, question in enumerate(questions):
        normaliser.number("question", question["id"])
        sara.api.answer(duel, question["id"], "AAB"[number % 3])
        fahad.api.answer(duel, question["id"], "ACC"[number % 3])


def _head(player: Player, path: str) -> int:
    return int(player.api.get(f"/api/v1/challenges/{path}events/").body["head"])


def _replay(player: Player, duel: int, head: int, several: str) -> None:
    """Record what comes of both topics, from the beginning and from the end."""
    one = f"challenges/{duel}/"
    notified = _head(player, "notifications/")
    wait_for(head - 1 + notified - 1, player.sse["both topics, live"])
    wait_for(notified, player.sse["notifications, live"], player.sockets["notifications, live"])
    player.follow("challenge, replayed", one, 0)
    player.follow("notifications, replayed", NOTIFICATIONS, 0)
    player.sse["challenge, over"] = SseRecording(player.api, f"/sse/{one}", str(head))
    with_ids = SocketRecording(player.api, f"/ws/{one}?last_event_id=0&ids=1")
    player.sockets["challenge, replayed with ids"] = with_ids
    both = SseRecording(player.api, f"/sse/{several}", f"{duel}.0_n.0")
    player.sse["both topics, replayed"] = both
    wait_for(head, player.sse["challenge, replayed"], player.sockets["challenge, replayed"])
    wait_for(head + notified, both)
    wait_for(head + 2, with_ids)  # it says how it opens, and that it is over
    for recordings in (player.sse, player.sockets):
        wait_for(notified, recordings["notifications, replayed"])
    for title in ("challenge, live", "challenge, replayed", "challenge, over"):
        player.sse[title].wait_until_ended()
    player.poll("challenge", f"challenges/{duel}/")
    player.poll("notifications", "notifications/")


def _written(
    kind: str, players: Sequence[Player], duel: int, normaliser: Normaliser
) -> Iterator[str]:
    """Yield the lines of the file."""
    yield f"# A duel of {kind}"
    first: list[Message] = []
    texts = []
    for player in players:
        challenge, notifications = (
            messages_of(player.sse[f"{topic}, replayed"], normaliser)
            for topic in ("challenge", "notifications")
        )
        yield from ("", f"## {player.name}: messages of the challenge")
        yield from of_topic(challenge, players[0].name, first)
        yield from ("", f"## {player.name}: notifications")
        yield from of_topic(notifications, "", ())
        first = challenge
        texts.append(DuelText(duel, normaliser, challenge, notifications))
    for player, text in zip(players, texts, strict=True):
        for title, stream in player.recordings():
            yield from ("", f"## {title}")
            yield from text.stream(title, stream)


if __name__ == "__main__":
    main()
