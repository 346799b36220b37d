"""Which calls an answer leads to: the links of the OpenAPI document.

Programs that explore the interface follow them to challenges that exist, as do readers.
"""

from typing import Any

Operation = dict[str, Any]

_ID = "$response.body#/id"
# What can be done with a challenge, by operationId.
_ACTIONS = (
    *("get_challenge", "accept_invite", "decline_invite", "cancel_challenge", "mark_ready"),
    *("get_results", "rematch", "poll_events", "challenge_stream"),
)
# Where an answer holds the id of a challenge: by the operation and its status.
_CHALLENGES = {
    ("create_challenge", "201"): _ID,
    ("rematch", "201"): _ID,
    ("accept_invite", "200"): _ID,
    ("list_challenges", "200"): "$response.body#/results/0/id",
}
_FIRST_QUESTION = {"question_id": "$response.body#/questions/0/id", "selected_answer": "A"}


def add(operation: Operation) -> None:
    """Add the links of an operation's answers."""
    for (name, status), challenge_id in _CHALLENGES.items():
        if operation["operationId"] == name:
            operation["responses"][status]["links"] = {
                action: _to(action, challenge_id) for action in _ACTIONS if action != name
            }
    if operation["operationId"] == "get_challenge":
        link = _to("answer_question", "$request.path.challenge_id")
        link["requestBody"] = _FIRST_QUESTION
        operation["responses"]["200"]["links"] = {"answer_question": link}


def _to(operation_id: str, challenge_id: str) -> dict[str, Any]:
    return {"operationId": operation_id, "parameters": {"challenge_id": challenge_id}}
