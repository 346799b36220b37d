"""Calls every endpoint of the service in this very process, as two people in a few duels would.

How a call is made, and what is measured of it, its caller decides. A test holds that no route of
REST or SSE is missing.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qader_sse.domain.acts import Act
from qader_sse.service import Service

# Makes a call of a browser: method, path, JSON.
Call = Callable[[FlaskClient, str, str, object], TestResponse]

_PASSWORD = "nine-people-in-a-boat"  # noqa: S105  # of people who exist in measurements alone
_ANOTHER = "ten-people-in-a-boat"
_API = "/api/v1"
_AUTH = f"{_API}/auth/"
_ALL = f"{_API}/challenges/challenges/"
# A type each, because an open invite of the same type is returned as it is. For the last one, nobody
# else in a database of `filled_database` searches, so that nobody is met.
_PLAYED, _LEFT, _DECLINED, _CANCELLED, _SEARCHED = (
    *("quick_quant_10", "medium_verbal_15", "comprehensive_20"),
    *("speed_challenge_5min", "accuracy_challenge"),
)
_numbers = count(1)


def made(client: FlaskClient, method: str, path: str, body: object) -> TestResponse:
    """Make a call; raise RuntimeError if it is refused, because that is no use of an endpoint."""
    response = client.open(path, method=method, json=body)
    if path.startswith("/sse/"):
        pieces = iter(response.response)
        next(pieces), next(pieces)  # how it opens; and the state, or what was missed
        response.close()
    elif response.status_code >= 400:
        raise RuntimeError(f"{method} {path}: {response.status_code} {response.get_data()!r}")
    return response


def route_of(app: Flask, method: str, path: str) -> str:
    """Return the route of a call, such as `GET /api/v1/users/<string:username>/record/`."""
    addresses = app.url_map.bind("localhost")
    rule, _ = addresses.match(path.partition("?")[0], method, return_rule=True)
    return f"{method} {rule.rule}"


def use_all(app: Flask, call: Call) -> None:
    """Call every endpoint, by two new accounts."""
    _Round(app, call).run()


class _Round:
    def __init__(self, app: Flask, call: Call) -> None:
        number = next(_numbers)
        self._service: Service = app.extensions["qader_sse"]
        self._call = call
        self._name, self._other_name = f"round{number}a", f"round{number}b"
        self._one, self._other, self._second_browser = (app.test_client() for _ in range(3))

    def run(self) -> None:
        self._sign_in()
        self._meet()
        self._play()
        self._end_otherwise()
        self._invite_by_link()
        self._block()
        self._change_account()

    def _get(self, path: str) -> Any:
        return self._call(self._one, "GET", path, None)

    def _post(self, client: FlaskClient, path: str, body: object = None) -> Any:
        return self._call(client, "POST", path, body).get_json(silent=True)

    def _sign_in(self) -> None:
        for client, name in ((self._one, self._name), (self._other, self._other_name)):
            self._post(client, f"{_AUTH}register/", {"username": name, "password": _PASSWORD})
        credentials = {"username": self._name, "password": _PASSWORD}
        tokens = self._post(self._second_browser, f"{_AUTH}login/", credentials)
        self._post(self._second_browser, f"{_AUTH}token/refresh/", {"refresh": tokens["refresh"]})

    def _meet(self) -> None:
        for path in (
            # One lobby after the other asks who is online, and one seeker after the other who searches.
            *["users/online/"] * 5,
            *["challenges/seekers/"] * 5,
            *("users/me/", "users/blocked/", "auth/sessions/", "challenges/types/"),
            f"users/{self._other_name}/record/",
        ):
            self._get(f"{_API}/{path}")
        self._call(self._one, "PATCH", f"{_API}/users/me/", {"listed_online": True})
        search = self._post(self._one, _ALL, {"challenge_type": _SEARCHED})
        self._post(self._one, f"{_ALL}{search['id']}/cancel/")

    def _invite(self, kind: str) -> str:
        body = {"challenge_type": kind, "opponent_username": self._other_name}
        return f"{_ALL}{self._post(self._one, _ALL, body)['id']}/"

    def _play(self) -> None:
        duel = self._invite(_PLAYED)
        self._post(self._other, f"{duel}accept/")
        self._post(self._one, f"{duel}ready/")
        self._post(self._other, f"{duel}ready/")
        self._follow(duel)
        for question in self._get(duel).get_json()["questions"]:
            answer = {"question_id": question["id"], "selected_answer": "A"}
            for client in (self._one, self._other):
                self._post(client, f"{duel}answer/", answer)
        self._get(f"{duel}results/")
        rematch = self._post(self._other, f"{duel}rematch/")["id"]
        self._post(self._one, f"{_ALL}{rematch}/decline/")
        for filters in ("", "?status=completed", f"?challenge_type={_PLAYED}", "?page_size=1"):
            self._get(_ALL + filters)
        self._get(f"{_ALL}?is_pending_invite_for_user=true")
        self._get(f"{_ALL}?opponent_username={self._other_name}")

    def _follow(self, duel: str) -> None:
        number = duel.rstrip("/").rpartition("/")[2]
        self._get(f"{duel}events/?after=0")
        self._get(f"{_API}/challenges/notifications/events/?after=0")
        self._get(f"/sse/challenges/{number}/")
        self._get(f"/sse/challenges/{number}/?last_event_id=2")
        # From the first one: of none that was missed, nothing would follow for seconds.
        self._get("/sse/challenges/notifications/?last_event_id=0")
        self._get(f"/sse/stream/?topics=challenges/{number},notifications")
        self._post(self._one, f"{_AUTH}ticket/", {"stream": f"/sse/challenges/{number}/"})

    def _end_otherwise(self) -> None:
        self._post(self._other, f"{self._invite(_DECLINED)}decline/")
        self._post(self._one, f"{self._invite(_CANCELLED)}cancel/")
        left = self._invite(_LEFT)
        self._post(self._other, f"{left}accept/")
        self._post(self._other, f"{left}leave/")

    def _invite_by_link(self) -> None:
        links = f"{_API}/challenges/links/"
        invite = self._post(self._one, links, {"challenge_type": _PLAYED})["id"]
        token = self._get(f"{_ALL}{invite}/link/").get_json()["token"]
        self._get(f"/join/{token}/")
        self._post(self._other, f"{links}accept/", {"token": token})
        self._post(self._other, f"{_ALL}{invite}/leave/")

    def _block(self) -> None:
        block = f"{_API}/users/{self._other_name}/block/"
        for method in ("POST", "DELETE"):
            self._call(self._one, method, block, None)

    def _change_account(self) -> None:
        sessions = self._get(f"{_AUTH}sessions/").get_json()["results"]
        other = next(session["id"] for session in sessions if not session["is_current"])
        self._call(self._one, "DELETE", f"{_AUTH}sessions/{other}/", None)
        self._post(self._one, f"{_AUTH}sessions/end-others/")
        passwords = {"old_password": _PASSWORD, "new_password": _ANOTHER}
        self._post(self._one, f"{_AUTH}password/", passwords)
        act = Act("measurement", "root", None, self._service.clock())
        secret = self._service.password_changes.allow_reset(self._other_name, act)
        reset = {"token": secret, "new_password": _ANOTHER}
        self._post(self._second_browser, f"{_AUTH}password/reset/", reset)
        self._post(self._one, f"{_AUTH}logout/")
