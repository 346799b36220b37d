"""Every route answers every kind of person as a table says, and no route is missing from it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qader_sse.domain.challenge import Challenge
from qader_sse.service import Service
from tests.support.acts import act
from tests.support.authorization import ANSWER, ROWS, WHO, Row
from tests.support.clock import SettableClock
from tests.support.duel import PASSWORD, add_users, play_to_the_end, started_duel
from tests.support.routes import ALLOWED_ORIGIN
from tests.support.tables import unchanged
from tests.support.websockets import outcome_of_handshake

AUTH = "/api/v1/auth/"
PAGES = {
    "the challenger on a page of an allowed origin": {"Origin": ALLOWED_ORIGIN},
    "the challenger on a page of another origin": {"Origin": "https://evil.example"},
    "the challenger on a page that the browser does not name": {"Sec-Fetch-Site": "same-site"},
}


class Callers:
    """All kinds of people, with their sessions, and the challenges whose routes they call."""

    def __init__(self, app: Flask, people: dict[str, int], clock: SettableClock) -> None:
        self._app = app
        self._service: Service = app.extensions["qader_sse"]
        self._noura_id = people["noura"]
        add_users(self._service, "blocked", "disabled", "bystander")
        run_out, _ = self._signed_in("noura")
        clock.advance(self._service.settings.session_seconds)
        khalid, tokens = self._signed_in("khalid")
        clock.advance(self._service.settings.access_token_seconds)
        renewed = khalid.post(f"{AUTH}token/refresh/", json={"refresh": tokens["refresh"]})
        self.noura, _ = self._signed_in("noura")
        self._stranger, _ = self._signed_in("stranger")
        blocked, _ = self._signed_in("blocked")
        disabled, _ = self._signed_in("disabled")
        ended, ended_tokens = self._signed_in("noura")
        self._cookies = {
            "a forged cookie": "forged",
            "a disabled account": _cookie(disabled),
            "an ended session": _cookie(ended),
            "a session that has run out": _cookie(run_out),
            "a stranger": _cookie(self._stranger),
            "somebody the challenger has blocked": _cookie(blocked),
            "the opponent": _cookie(khalid),
            **dict.fromkeys(("the challenger", *PAGES), _cookie(self.noura)),
        }
        self._tokens = {
            "the opponent's access token, run out": tokens["access"],
            "an access token of an ended session": ended_tokens["access"],
            "the opponent's refresh token": renewed.get_json()["refresh"],
            "the opponent's access token": renewed.get_json()["access"],
        }
        self._service.administration.accounts.disable("disabled", act(clock()))
        assert ended.post(f"{AUTH}logout/").status_code == 204
        assert self.noura.post("/api/v1/users/blocked/block/").status_code == 204

    def call(self, method: str, path: str, row: Row, who: str, challenge: Challenge) -> int:
        """Call an address as somebody; return the status, or how a WebSocket came out."""
        query = row.query.format(challenge_id=challenge.id)
        if "ticket" in who:
            query += f"&ticket={self._ticket(path, query, who)}"
        headers = {**PAGES.get(who, {}), "Cookie": f"sessionid={self._cookies.get(who, '')}"}
        if who in self._tokens:
            headers["Authorization"] = f"Bearer {self._tokens[who]}"
        if path.startswith("/ws/"):
            return outcome_of_handshake(self._app, f"{path}?{query}", headers)
        body = row.body
        if body is ANSWER:
            body = {"question_id": challenge.questions[0].id, "selected_answer": "A"}
        client = self._app.test_client(use_cookies=False)
        response = client.open(f"{path}?{query}", method=method, headers=headers, json=body)
        response.close()
        return response.status_code

    def challenge(self, row: Row) -> Challenge:
        """Return a new challenge of noura and khalid, in the status that the row needs."""
        if row.duel == "pending":
            return self._service.challenges.invite(
                self._noura_id, "quick_quant_10", "khalid", self._service.clock()
            )
        duel = started_duel(self._service, self._noura_id, "khalid")
        return duel if row.duel == "ongoing" else play_to_the_end(self._service, duel)

    def path(self, rule: str, challenge: Challenge) -> str:
        if "<session_id>" in rule:
            self._signed_in("noura")
            sessions = self.noura.get(f"{AUTH}sessions/").get_json()["results"]
            other = next(session["id"] for session in sessions if not session["is_current"])
            rule = rule.replace("<session_id>", other)
        return (
            rule.replace("<int:challenge_id>", str(challenge.id))
            .replace("<string:username>", "bystander")
            .replace("<path:filename>", "icon.svg")
        )

    def _ticket(self, path: str, query: str, who: str) -> str:
        stream = f"{path}?{query}" if query else path
        if not path.startswith(("/sse/", "/ws/")) or who == "a ticket for another stream":
            stream = "/sse/challenges/4711/"
        answer = self._stranger.post(f"{AUTH}ticket/", json={"stream": stream})
        ticket: str = answer.get_json()["ticket"]
        return ticket

    def _signed_in(self, name: str) -> tuple[FlaskClient, dict[str, str]]:
        """Return a browser with a new session, and its tokens."""
        client = self._app.test_client()
        answer = client.post(f"{AUTH}login/", json={"username": name, "password": PASSWORD})
        return client, answer.get_json()


def _cookie(client: FlaskClient) -> str:
    found = client.get_cookie("sessionid")
    assert found is not None
    return found.value


def test_every_route_has_a_row_and_every_row_a_route(app: Flask) -> None:
    methods = [
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]
    assert sorted(methods) == sorted(ROWS)


@pytest.mark.claim("S1", "S2", "S3", "R3")
def test_every_route_answers_each_person_as_the_table_says(
    app: Flask, people: dict[str, int], clock: SettableClock, service: Service
) -> None:
    callers = Callers(app, people, clock)
    found: dict[tuple[str, str], int] = {}
    for route, row in ROWS.items():
        method, rule = route.split(" ")
        refused = [who for who in WHO if row.expected(who) >= 400 and "ticket" not in who]
        challenge = callers.challenge(row)
        path = callers.path(rule, challenge)
        with unchanged(service):
            for who in refused:
                found[route, who] = callers.call(method, path, row, who, challenge)
        for who in [who for who in WHO if who not in refused]:
            if method != "GET" and row.expected(who) < 300:
                challenge = callers.challenge(row)
                path = callers.path(rule, challenge)
            found[route, who] = callers.call(method, path, row, who, challenge)
    assert found == {(route, who): ROWS[route].expected(who) for route in ROWS for who in WHO}
