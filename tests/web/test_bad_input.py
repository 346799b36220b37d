"""Bodies that are refused before any rule: a clear 400, 413 or 415, and nothing has changed."""

import json
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection

import pytest
from flask.testing import FlaskClient
from qader_client.rest import Api
from werkzeug.test import TestResponse

from cluster.local_server import LocalServer
from qader_sse import create_app
from qader_sse.service import Service
from qader_sse.store import accounts
from tests.conftest import dispose, make_settings
from tests.support.duel import CHALLENGES, PASSWORD, add_users, sign_in, started_duel
from tests.support.tables import refused, unchanged

REGISTER, LOGIN = "/api/v1/auth/register/", "/api/v1/auth/login/"
ANSWER = f"{CHALLENGES}1/answer/"  # the duel below
READY = f"{CHALLENGES}1/ready/"
PROFILE = ("username", "password", "email", "full_name", "preferred_name", "grade")
TEXTS = (*PROFILE, "opponent_username")
# A valid body for each endpoint.
BODIES: dict[str, dict[str, object]] = {
    REGISTER: dict.fromkeys(PROFILE, "huda@example.org"),
    LOGIN: {"username": "noura", "password": PASSWORD},
    CHALLENGES: {"challenge_type": "quick_quant_10", "opponent_username": "khalid"},
    ANSWER: {"question_id": 1, "selected_answer": "A", "time_taken_seconds": 1.5},
}
# PostgreSQL refuses NUL; a password may have one, because it is only hashed.
PRINTED = [
    *((REGISTER, field) for field in PROFILE if field not in ("password", "email")),
    (LOGIN, "username"),
    (CHALLENGES, "opponent_username"),
]
REQUIRED = ("username", "password", "challenge_type", "question_id", "selected_answer")

NOT_JSON = {"detail": "The body is not valid JSON."}
NO_OBJECT = {"detail": "Send a JSON object as the body."}
TOO_LARGE = {"detail": "The request is too large."}
FOREIGN = "This question is not part of the duel."
NOBODY = "Opponent user not found. Check the spelling of the username."
ONESELF = "You cannot challenge yourself. Name another player."
NO_TEXT = "This must be a text."
NO_EMAIL = "This is not an e-mail address. Write it as in name@example.org."
UNPRINTABLE = "This contains characters that are not allowed here."
TYPES = (
    "Choose one of: quick_quant_10, medium_verbal_15, comprehensive_20,"
    " speed_challenge_5min, accuracy_challenge."
)

# Values as written in the body; some are not JSON, but Python's parser accepts them.
NEVER_FINITE = ("NaN", "Infinity", "-Infinity", "1e400")
NO_TEXTS = ("1", "1.5", "true", "[]", "{}", "1" + "0" * 30, *NEVER_FINITE)
NO_CHOICES = ('"E"', '"a"', '""', '" A"', '"\\u0000"', "1", "null", "true", "[]", "{}", "NaN")
NO_WHOLES = ('"1"', "1.0", "1.5", "true", "null", "[]", "{}", *NEVER_FINITE)
NO_NUMBERS = ('"1"', "true", "[]", "{}", "1" + "0" * 400, *NEVER_FINITE)
UNSENDABLE = (('"\\ud800"',), "This value is not valid here.")  # a lone surrogate cannot be encoded
Wrong = list[tuple[tuple[str, ...], str]]
WRONG: dict[str, Wrong] = {
    **{field: [(NO_TEXTS, NO_TEXT), UNSENDABLE] for field in TEXTS},
    "email": [(NO_TEXTS, NO_TEXT), (('"a@b.\\ud800"', '"\\ud800"'), NO_EMAIL)],
    "challenge_type": [(NO_CHOICES, TYPES), UNSENDABLE],
    "selected_answer": [(NO_CHOICES, "Choose one of: A, B, C, D."), UNSENDABLE],
    "question_id": [
        (NO_WHOLES, "This must be a whole number."),
        (("0", "-1"), "This must be at least 1."),
        (("1" + "0" * 30,), f"This must be at most {2**63 - 1}."),
        (("999999", str(2**63 - 1)), FOREIGN),
    ],
    "time_taken_seconds": [
        (NO_NUMBERS, "This must be a number."),
        (("-1",), "This must be at least 0."),
        (("86401",), "This must be at most 86400."),
    ],
}

AsUser = Callable[[str], FlaskClient]
People = dict[str, int]


def send(client: FlaskClient, path: str, body: str | bytes) -> TestResponse:
    return client.post(path, data=body, content_type="application/json")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        *((body, NO_OBJECT) for body in (b"[]", b'"x"', b"1", b"null", b"true", b"NaN", b"")),
        (b"{", NOT_JSON),
        (b'{"username": "noura", "passw', NOT_JSON),
        (b"username=noura", NOT_JSON),
        (b"  ", NOT_JSON),
        (b"\xff\xfe", NOT_JSON),
        (b"[" * 30_000, NOT_JSON),
        (b'{"a":' * 10_000, NOT_JSON),
        (b'{"question_id": ' + b"9" * 5_000 + b"}", NOT_JSON),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_body_that_is_not_a_json_object_is_refused(
    service: Service, noura: FlaskClient, body: bytes, said: dict[str, str]
) -> None:
    with unchanged(service):
        # READY needs no body: it accepts an empty one, but refuses an invalid one.
        for path in (*BODIES, READY) if body else BODIES:
            refused(send(noura, path, body), 400, said)


@pytest.mark.claim("R2")
@pytest.mark.parametrize(
    ("path", "field", "raws", "text"),
    [
        *(
            (path, field, *wrong)
            for path in BODIES
            for field in BODIES[path]
            for wrong in WRONG[field]
        ),
        *((path, field, ("null",), NO_TEXT) for path in (REGISTER, LOGIN) for field in PROFILE[:2]),
        *((path, field, ('"a@b\\u0000.c"',), UNPRINTABLE) for path, field in PRINTED),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_field_with_an_invalid_value_is_named(
    service: Service, noura: FlaskClient, path: str, field: str, raws: tuple[str, ...], text: str
) -> None:
    body = json.dumps({**BODIES[path], field: "<raw>"})
    with unchanged(service):
        for raw in raws:
            refused(send(noura, path, body.replace('"<raw>"', raw)), 400, {field: [text]})


@pytest.mark.claim("R4")
@pytest.mark.parametrize("path", BODIES)
def test_missing_and_unknown_fields_are_named(
    service: Service, noura: FlaskClient, path: str
) -> None:
    missing = {field: ["This field is required."] for field in BODIES[path] if field in REQUIRED}
    with unchanged(service):
        refused(send(noura, path, "{}"), 400, missing)
        unknown = send(noura, path, json.dumps({**BODIES[path], "is_admin": True}))
        refused(unknown, 400, {"is_admin": ["There is no such field here. Leave it out."]})


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", None])
@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_is_not_sent_as_json_is_refused(
    service: Service, noura: FlaskClient, path: str, content_type: str | None
) -> None:
    with unchanged(service):
        response = noura.post(path, data=json.dumps(BODIES[path]), content_type=content_type)
        said = "Send the body as JSON, with Content-Type: application/json."
        refused(response, 415, {"detail": said})


@pytest.mark.parametrize("path", [*BODIES, READY])
def test_a_large_body_is_refused_without_being_parsed(
    service: Service, noura: FlaskClient, path: str
) -> None:
    with unchanged(service):
        response = send(noura, path, b'{"a": "' + b"x" * 10_000_000 + b'"}')
        refused(response, 413, TOO_LARGE)


@pytest.mark.parametrize("after", ["keep-alive", "close"])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_sender_of_a_large_body_receives_the_refusal(
    server: LocalServer, player: Callable[[int], Api], chunked: bool, after: str
) -> None:
    """A client that is still sending when the server closes would see a reset connection instead."""
    body = b'{"challenge_type": "' + b"x" * 10_000_000 + b'"}'
    parts = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    headers = {"Content-Type": "application/json", "Cookie": f"sessionid={player(1).cookie}"}
    headers["Connection"] = after
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        sent = parts if chunked else body
        connection.request("POST", CHALLENGES, sent, headers, encode_chunked=chunked)
        response = connection.getresponse()
        said = json.loads(response.read())
    assert (response.status, said) == (413, TOO_LARGE)


def test_a_question_of_another_challenge_is_refused(
    service: Service, people: People, noura: FlaskClient
) -> None:
    other = started_duel(service, people["noura"], "khalid", "medium_verbal_15")
    body = {"question_id": other.questions[0].id, "selected_answer": "A"}
    with unchanged(service):
        response = noura.post(ANSWER, json=body)
        refused(response, 400, {"question_id": [FOREIGN]})


@pytest.mark.parametrize(
    ("opponent", "text"),
    [
        ("noura", ONESELF),
        ("NOURA", ONESELF),
        ("nobody", NOBODY),
        ("stranger", NOBODY),
        ("x" * 151, "This must have at most 150 characters."),
    ],
)
def test_an_opponent_who_cannot_be_invited_is_refused(
    service: Service, people: People, noura: FlaskClient, opponent: str, text: str
) -> None:
    with service.database.transaction() as tx:
        accounts.set_disabled(tx.connection, people["stranger"], service.clock())
    body = {"challenge_type": "quick_quant_10", "opponent_username": opponent}
    with unchanged(service):
        refused(noura.post(CHALLENGES, json=body), 400, {"opponent_username": [text]})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{CHALLENGES}?opponent_username=%00", None),
        ("POST", CHALLENGES, {**BODIES[CHALLENGES], "opponent_username": "\x00"}),
        ("POST", LOGIN, {**BODIES[LOGIN], "username": "\x00"}),
        ("POST", REGISTER, {**BODIES[REGISTER], "email": "a\x00@b.c"}),
        # Each of its characters becomes eighteen in the normalized username.
        ("POST", REGISTER, {**BODIES[REGISTER], "username": "ﷺ" * 150}),
    ],
)
def test_a_text_that_postgresql_cannot_store_is_a_bad_request(
    postgres_url: str, method: str, path: str, body: dict[str, object] | None
) -> None:
    app = create_app(make_settings(postgres_url))
    add_users(app.extensions["qader_sse"], "noura")
    response = sign_in(app.test_client(), "noura").open(path, method=method, json=body)
    dispose(app)
    assert response.status_code < 500
