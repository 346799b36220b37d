"""Plays a duel and writes what was sent and received into the examples of the documents.

`make documents` runs it. Lists of questions are cut to their first one, to keep the pages short.
"""

import json
from typing import Any

from qader_client.rest import CHALLENGES, Answer, Api

from cluster.local_server import LocalServer
from qader_sse.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from qader_sse.domain.messages import MESSAGE_TYPES
from qader_sse.web.documents.examples import EXAMPLES
from tools import record_controls

NEWCOMER = {"username": "noura", "password": "three-blue-camels", "grade": "Grade 11"}
NOTIFICATIONS = "/api/v1/challenges/notifications/events/?after=0"

Examples = dict[str, Any]


def main() -> None:
    with LocalServer() as server:
        operations = _accounts(server.base_url)
        sara, fahad = (
            Api.signed_in(server.base_url, account.username, DEMO_PASSWORD)
            for account in DEMO_ACCOUNTS
        )
        challenge_id = _play(sara, fahad, operations)
        messages = _messages(sara, fahad, challenge_id)
        leaving = Api.signed_in(server.base_url, "fahad", DEMO_PASSWORD)
        controls = record_controls.controls(sara, fahad, leaving, challenge_id)
    messages["error"] = controls.pop("ErrorMessage")
    missing = set(MESSAGE_TYPES) - set(messages)
    assert not missing, missing  # noqa: S101  # a duel without one of them is not worth writing
    recorded = {"operations": operations, "messages": messages, "controls": controls}
    text = json.dumps(_shortened(recorded), ensure_ascii=False, indent=1)
    EXAMPLES.write_text(text + "\n")
    print(f"{EXAMPLES.name}: {len(operations)} operations, {len(messages)} messages")


def _accounts(base_url: str) -> Examples:
    newcomer = Api(base_url)
    register = "/api/v1/auth/register/"
    credentials = {name: NEWCOMER[name] for name in ("username", "password")}
    found = {"register": _call(newcomer.post(register, NEWCOMER), NEWCOMER)}
    found["login"] = _call(newcomer.post("/api/v1/auth/login/", credentials), credentials)
    found["me"] = _call(newcomer.get("/api/v1/users/me/"))
    newcomer.close()
    return found


def _play(sara: Api, fahad: Api, found: Examples) -> int:
    """Play a duel of sara and fahad; add each call to `found`, and return the duel's id."""
    body = {"challenge_type": "quick_quant_10", "opponent_username": "fahad"}
    for action in ("decline", "cancel"):
        invited = sara.post(CHALLENGES, body).body["id"]
        actor = fahad if action == "decline" else sara
        name = "decline_invite" if action == "decline" else "cancel_challenge"
        found[name] = _call(actor.act(invited, action))
    created = sara.post(CHALLENGES, body)
    found["create_challenge"] = _call(created, body)
    duel = int(created.body["id"])
    found["accept_invite"] = _call(fahad.act(duel, "accept"))
    sara.act(duel, "ready")
    found["mark_ready"] = _call(fahad.act(duel, "ready"))
    found["get_challenge"] = _call(sara.get(f"{CHALLENGES}{duel}/"))
    questions = [question["id"] for question in found["get_challenge"]["answer"]["questions"]]
    for number, question in enumerate(questions):
        answer = {"question_id": question, "selected_answer": "ABCD"[number % 4]}
        answered = _call(sara.act(duel, "answer", answer), answer)
        found.setdefault("answer_question", answered)
        fahad.act(duel, "answer", answer)
    found["get_results"] = _call(sara.get(f"{CHALLENGES}{duel}/results/"))
    found["poll_events"] = _call(sara.get(f"{CHALLENGES}{duel}/events/?after=3"))
    found["rematch"] = _call(sara.post(f"{CHALLENGES}{duel}/rematch/"))
    found["poll_notifications"] = _call(fahad.get(NOTIFICATIONS))
    found["list_challenges"] = _call(sara.get(f"{CHALLENGES}?page_size=1"))
    found["list_types"] = _call(sara.get("/api/v1/challenges/types/"))
    found["online"] = _call(sara.get("/api/v1/users/online/"))
    return duel


def _messages(sara: Api, fahad: Api, duel: int) -> Examples:
    """Return one message of each type, as sara and fahad received them."""
    found: Examples = {}
    seen = [sara.get(f"{CHALLENGES}{duel}/events/?after=0")]
    seen += [person.get(NOTIFICATIONS) for person in (sara, fahad)]
    while seen[0].body["events"][-1]["id"] < seen[0].body["head"]:
        after = seen[0].body["events"][-1]["id"]
        seen.insert(0, sara.get(f"{CHALLENGES}{duel}/events/?after={after}"))
    for page in seen:
        for message in page.body["events"]:
            shown = {"type": message["type"], "payload": message["payload"]}
            found.setdefault(message["type"], shown)
    return found


def _call(answer: Answer, body: Any = None) -> Examples:
    assert answer.status < 300, answer  # noqa: S101  # an example of an error would mislead
    recorded = {"status": str(answer.status), "answer": answer.body}
    return recorded | ({"body": body} if body is not None else {})


def _shortened(part: Any) -> Any:
    """Cut every list of questions, messages or people to its first, and tokens to their beginning."""
    if isinstance(part, list):
        return [_shortened(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        name: f"{inner[:12]}…"
        if name in ("access", "refresh")
        else _shortened(inner[:1] if name in ("questions", "events", "results") else inner)
        for name, inner in part.items()
    }


if __name__ == "__main__":
    main()
