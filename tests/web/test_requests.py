"""The app's own class of requests gives what Flask's gives, in fewer steps."""

from io import BytesIO

import pytest
from flask import Flask, Request
from werkzeug.exceptions import HTTPException

from qader_sse.web.requests import AppRequest

BODY = b'{"question_id": 7}'
HEADERS = [
    {"CONTENT_LENGTH": f"{len(BODY)}"},
    {"CONTENT_LENGTH": "5"},  # the next request begins behind it
    {"CONTENT_LENGTH": f"{len(BODY) + 1}"},  # the client broke off
    {"CONTENT_LENGTH": "65"},  # more than the limit
    {"CONTENT_LENGTH": "0"},
    {"CONTENT_LENGTH": "-5"},
    {"CONTENT_LENGTH": "5, 5"},
    {"CONTENT_LENGTH": "٥"},
    {"CONTENT_LENGTH": "5", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
    {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
    {},
]
TYPES = [
    "application/json",
    "Application/JSON; charset=utf-8",
    "application/problem+json",
    "application/jsonp",
    "text/plain",
    "",
]


def what_is_read(kind: type[Request], environ: dict[str, object]) -> tuple[object, ...]:
    """Return what is read of a request's body, or why it is not, and what is left behind it."""
    stream = BytesIO(BODY)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 64
    request = kind({"REQUEST_METHOD": "POST", **environ, "wsgi.input": stream})
    with app.app_context():
        try:
            body = request.get_data()
        except HTTPException as error:
            return type(error), request.content_length
        return body, request.get_data(), request.data, request.content_length, stream.read()


@pytest.mark.parametrize("environ", HEADERS)
def test_a_body_is_read_as_flask_reads_it(environ: dict[str, object]) -> None:
    assert what_is_read(AppRequest, environ) == what_is_read(Request, environ)


@pytest.mark.parametrize("content_type", TYPES)
def test_the_same_bodies_are_taken_for_json(content_type: str) -> None:
    environ = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": content_type}
    assert AppRequest(dict(environ)).is_json is Request(dict(environ)).is_json


@pytest.mark.parametrize("query", ["", "ticket=1&ticket=2", "ticket", "&", "%FF=%FF"])
def test_the_same_parameters_are_read_of_an_address(query: str) -> None:
    environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": query}
    found, expected = AppRequest(dict(environ)).args, Request(dict(environ)).args
    assert found == expected
    assert type(found) is type(expected)
