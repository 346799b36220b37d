"""`make demo`: two accounts play a whole duel, one on SSE, one on the WebSocket.

It prints each player's messages as they arrive, and checks both logs against the contract.
"""

import random
import sys
from typing import Any

from qader_client.received import Received, Watcher
from qader_client.rest import Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.local_server import LocalServer
from conformance.duel_log import violations
from qader_sse.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD

_COLOURS = {"sara": "\033[36m", "fahad": "\033[33m"}


def main() -> int:
    print("Starting a server on a free port ...", flush=True)
    with LocalServer() as server:
        sara, fahad = (
            Api.signed_in(server.base_url, account.username, DEMO_PASSWORD)
            for account in DEMO_ACCOUNTS
        )
        print(f"sara follows over SSE, fahad over the WebSocket, at {server.base_url}\n")
        problems = _play(sara, fahad)
    for problem in problems:
        print(f"breaks the contract: {problem}", file=sys.stderr)
    if not problems:
        print(
            "\nBoth logs keep the contract: every message once, in order, without the other's secrets."
        )
    return 1 if problems else 0


def _play(sara: Api, fahad: Api) -> list[str]:
    notified = SocketWatcher(fahad, "/ws/challenges/notifications/", _printer("fahad"))
    notified.open(last_event_id=0)
    challenge = sara.create("quick_quant_10", "fahad").body
    path = f"challenges/{challenge['id']}/"
    hers = SseWatcher(sara, f"/sse/{path}", _printer("sara")).open(last_event_id="0")
    notified.wait_for("new_challenge_invite")
    his = SocketWatcher(fahad, f"/ws/{path}", _printer("fahad")).open(last_event_id=0)
    fahad.act(challenge["id"], "accept")
    sara.act(challenge["id"], "ready")
    his.send({"type": "mark_ready"})
    _answer_all(sara, fahad, hers.wait_for("challenge.start").payload)
    logs = [(sara, hers), (fahad, his)]
    for _, watcher in logs:
        watcher.wait_for("challenge.end")
    problems = [problem for api, watcher in logs for problem in _check(api, watcher)]
    return problems + _check(fahad, notified)


def _answer_all(sara: Api, fahad: Api, started: dict[str, Any]) -> None:
    chance = random.Random(7)  # noqa: S311  # seeded, so that every run is the same
    for question in started["questions"]:
        for player in (sara, fahad):
            answer = player.answer(started["id"], question["id"], chance.choice("ABCD"))
            if answer.status != 200:
                raise RuntimeError(f"an answer was refused: {answer}")


def _check(api: Api, watcher: Watcher) -> list[str]:
    found = violations(watcher.log, api.user_id)
    return [f"{api.user['username']}: {problem}" for problem in found]


def _printer(username: str) -> Any:
    def print_message(message: Received) -> None:
        colour, reset = (_COLOURS[username], "\033[0m") if sys.stdout.isatty() else ("", "")
        line = f"{username:>5} #{message.id:<3} {message.type:<32} {_summary(message)}"
        sys.stdout.write(f"{colour}{line}{reset}\n")  # one write, because two threads print
        sys.stdout.flush()

    return print_message


def _summary(message: Received) -> str:
    payload = message.payload
    match message.type:
        case "participant.update":
            return f"{payload['user']['username']}: score {payload['score']}, ready {payload['is_ready']}"
        case "answer.result":
            right = "right" if payload["is_correct"] else "wrong"
            return f"user {payload['user_id']} chose {payload['selected_answer'] or '?'}: {right}"
        case "challenge.end":
            winner = payload["winner"]["username"] if payload["winner"] else "nobody"
            return f"{payload['user_score']} : {payload['opponent_score']}, {winner} wins"
        case "challenge.update" | "challenge.start" | "new_challenge_invite":
            return str(payload["status"])
    return str(payload)


if __name__ == "__main__":
    sys.exit(main())
