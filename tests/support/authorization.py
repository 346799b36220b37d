"""Who may call which route: what `tests/web/test_authorization_matrix.py` expects."""

from dataclasses import dataclass, replace
from typing import Literal

# What a row says of whom. Two players, noura who challenged and khalid, and the others.
WHO = {
    "no session": "nobody",
    "a forged cookie": "nobody",
    "a disabled account": "nobody",
    "an ended session": "nobody",
    "a session that has run out": "nobody",
    "the opponent's access token, run out": "nobody",
    "an access token of an ended session": "nobody",
    "the opponent's refresh token": "nobody",
    "a ticket for another stream": "nobody",
    "a stranger's ticket": "ticket",
    "a stranger": "outsider",
    "somebody the challenger has blocked": "outsider",
    "the opponent": "opponent",
    "the opponent's access token": "opponent",
    "the challenger": "challenger",
    "the challenger on a page of an allowed origin": "challenger",
    "the challenger on a page of another origin": "foreign",
    "the challenger on a page that the browser does not name": "foreign",
}
# Bystander takes no part in the duel, so everybody may invite them.
INVITE = {"challenge_type": "quick_quant_10", "opponent_username": "bystander"}
ANSWER = object()  # stands for the body of an answer to a question of the duel


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The status for each role; for a WebSocket its close code, or 101 if it stays open."""

    nobody: int
    outsider: int
    opponent: int
    challenger: int
    foreign: int = 403
    ticket: int
    body: object = None
    query: str = ""
    duel: Literal["pending", "ongoing", "completed"] = "ongoing"
    # REST knows no such parameter, and says so where it does not ask for a session before.
    refuses_tickets: bool = False

    def expected(self, who: str) -> int:
        if self.refuses_tickets and "ticket" in who:
            return 400
        status: int = getattr(self, WHO[who])
        return status


def anybody(status: int, *, foreign: int = 403, body: object = None) -> Row:
    return Row(
        nobody=status,
        ticket=status,
        outsider=status,
        opponent=status,
        challenger=status,
        foreign=foreign,
        body=body,
    )


def readable(status: int = 200) -> Row:
    """What needs no session may be read from pages of any origin, too."""
    return anybody(status, foreign=status)


def signed_in(
    status: int = 200, *, nobody: int = 401, ticket: int = 401, body: object = None
) -> Row:
    """What each person does for themself alone."""
    return players(status, status, nobody=nobody, ticket=ticket, outsider=status, body=body)


def players(
    challenger: int = 200,
    opponent: int = 200,
    *,
    nobody: int = 401,
    ticket: int = 401,
    outsider: int = 404,
    body: object = None,
    query: str = "",
    duel: Literal["pending", "ongoing", "completed"] = "ongoing",
) -> Row:
    """What concerns one challenge."""
    return Row(
        nobody=nobody,
        ticket=ticket,
        outsider=outsider,
        opponent=opponent,
        challenger=challenger,
        body=body,
        query=query,
        duel=duel,
    )


_API = "/api/v1"
_CHALLENGES = f"{_API}/challenges/challenges/"
_ONE = f"{_CHALLENGES}<int:challenge_id>/"

ROWS = {
    "GET /": readable(),
    "GET /inspect/": readable(),
    "GET /account/": readable(),
    "GET /reset/": readable(),
    "GET /join/<token>/": readable(404),
    "GET /docs/": readable(),
    "GET /docs/events/": readable(),
    "GET /docs/swagger-ui.js": readable(),
    "GET /static/<path:filename>": readable(),
    "GET /livez": readable(),
    "GET /readyz": readable(),
    # For the canary alone, which `flask doctor` signs in.
    "POST /canary/": signed_in(404),
    "GET /metrics": readable(),  # the clients of tests are on this machine
    "GET /openapi/openapi.json": readable(),
    "GET /asyncapi.json": readable(),
    "GET /manifest.webmanifest": readable(),
    "GET /favicon.ico": readable(),
    "GET /robots.txt": readable(),
    f"GET {_API}/challenges/types/": replace(readable(), refuses_tickets=True),
    # 400: the body is empty, so that nobody is signed in, and no password changes.
    f"POST {_API}/auth/register/": anybody(400, body={}),
    f"POST {_API}/auth/login/": anybody(400, body={}),
    f"POST {_API}/auth/token/refresh/": anybody(400, body={}),
    f"POST {_API}/auth/password/": signed_in(400, body={}),
    f"POST {_API}/auth/password/reset/": anybody(400, body={}),
    f"GET {_API}/auth/sessions/": signed_in(),
    # The session to be ended is one of the challenger's.
    f"DELETE {_API}/auth/sessions/<session_id>/": players(204, 404),
    f"POST {_API}/auth/sessions/end-others/": signed_in(),
    f"POST {_API}/auth/ticket/": signed_in(body={"stream": "/sse/challenges/notifications/"}),
    f"GET {_API}/users/me/": signed_in(),
    f"PATCH {_API}/users/me/": signed_in(body={"listed_online": True}),
    f"GET {_API}/users/online/": signed_in(),
    f"GET {_API}/users/<string:username>/record/": signed_in(),
    f"GET {_API}/challenges/seekers/": signed_in(),
    f"GET {_API}/users/blocked/": signed_in(),
    f"POST {_API}/users/<string:username>/block/": signed_in(204),
    f"DELETE {_API}/users/<string:username>/block/": signed_in(204),
    f"GET {_CHALLENGES}": signed_in(),
    # Not a search: those who play are refused one, whoever they are.
    f"POST {_CHALLENGES}": signed_in(201, body=INVITE),
    f"GET {_ONE}": players(),
    f"POST {_ONE}accept/": players(403, 200, duel="pending"),
    f"POST {_ONE}decline/": players(403, 200, duel="pending"),
    f"POST {_ONE}cancel/": players(200, 403, duel="pending"),
    f"POST {_ONE}leave/": players(),
    f"POST {_ONE}ready/": players(),
    f"POST {_ONE}answer/": players(body=ANSWER),
    f"GET {_ONE}results/": players(duel="completed"),
    f"POST {_ONE}rematch/": players(201, 201, duel="completed"),
    f"GET {_ONE}events/": players(),
    # 400: the duel of the two is no open invite, and the body names no link.
    f"GET {_ONE}link/": players(400, 403),
    f"POST {_API}/challenges/links/": signed_in(201, body={"challenge_type": "quick_quant_10"}),
    f"POST {_API}/challenges/links/accept/": signed_in(404, body={"token": "none"}),
    f"GET {_API}/challenges/notifications/events/": signed_in(),
    # A stream says that a challenge is another one's, REST that there is none: deployed clients
    # tell 4003 from 4004.
    "GET /sse/challenges/<int:challenge_id>/": players(outsider=403, ticket=403),
    "GET /sse/stream/": players(outsider=403, ticket=403, query="topics=challenges/{challenge_id}"),
    "GET /sse/challenges/notifications/": signed_in(ticket=200),
    "GET /ws/challenges/<int:challenge_id>/": players(
        101, 101, nobody=4001, ticket=4003, outsider=4003
    ),
    "GET /ws/challenges/notifications/": signed_in(101, nobody=4001, ticket=101),
    # The last one, because it ends the sessions with which the others were called.
    f"POST {_API}/auth/logout/": replace(anybody(204), refuses_tickets=True),
}
