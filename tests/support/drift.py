"""Holds every answer and every message of the tests to the published documents.

Answers are looked at where they leave the app: in the test client, and in a layer around the app of
real servers (`tests/support/gunicorn/documented.py`). Messages are looked at where they are made,
once for all transports. A fault is a line in a file, which the servers of a test share with it: an
error that is raised in the middle of an answer might be caught, or end a stream that nobody waits for.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from qader_sse.domain.events import Event
from qader_sse.domain.presenters import Viewer, message
from qader_sse.realtime.protocol import control_messages, rendered_event
from qader_sse.realtime.protocol.frames import encode
from qader_sse.web.streaming import websocket_commands
from tests.support.published import Answer, Published

# The folder with both documents and the file of faults; servers find it in their environment.
FOLDER = "QADER_PUBLISHED_DOCUMENTS"
_DOCUMENTS = {"openapi.json": "/openapi/openapi.json", "asyncapi.json": "/asyncapi.json"}


class Drift:
    """The documents in a folder, and the faults that were found beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._faults = folder / "faults.txt"
        self._faults.touch()
        self._published: Published | None = None

    def check_answer(self, answer: Answer) -> None:
        self._report(self._documents.answer_faults(answer))

    def check_message(self, topic: str, content: Any) -> None:
        self._report(self._documents.message_faults(topic, content))

    def documents(self) -> dict[str, Any]:
        """Return a copy of both documents, by the names of their files."""
        return {name: json.loads((self.folder / name).read_text()) for name in _DOCUMENTS}

    def take_faults(self) -> list[str]:
        """Return the faults since the last time."""
        if self._faults.stat().st_size == 0:
            return []
        found = self._faults.read_text().splitlines()
        self._faults.write_text("")
        return list(dict.fromkeys(found))

    @property
    def _documents(self) -> Published:
        # Read at the first use: most servers of tests are started often, and asked little.
        if self._published is None:
            self._published = Published(*self.documents().values())
        return self._published

    def _report(self, faults: Iterable[str]) -> None:
        lines = "".join(f"{fault}\n" for fault in faults)
        if lines:
            with self._faults.open("a") as file:
                file.write(lines)


def publish(app: Flask, folder: Path) -> None:
    """Write the documents into a folder, as an app answers them."""
    client = Client(app)
    for name, path in _DOCUMENTS.items():
        (folder / name).write_text(client.get(path).text)


@contextmanager
def checked(drift: Drift) -> Iterator[None]:
    """Check what apps answer and send in this process."""

    class CheckedClient(FlaskClient):
        def open(self, *args: Any, **kwargs: Any) -> TestResponse:
            response = super().open(*args, **kwargs)
            for found in (*response.history, response):
                body = found.get_data() if found.is_json else b""
                headers = {name.lower(): value for name, value in found.headers.items()}
                method, path = found.request.method, found.request.path
                accept = found.request.headers.get("Accept", "")
                drift.check_answer(Answer(method, path, found.status_code, headers, body, accept))
            return response

    before = Flask.test_client_class
    Flask.test_client_class = CheckedClient
    with messages_checked(drift):
        yield
    Flask.test_client_class = before


@contextmanager
def messages_checked(drift: Drift) -> Iterator[None]:
    """Check each message where it is made: of a topic, of a stream itself, on a WebSocket."""

    def checked_message(event: Event, viewer: Viewer) -> Any:
        made = message(event, viewer)
        drift.check_message(event.topic.partition(":")[0], orjson.loads(encode(made)))
        return made

    def checked_encode(topic: str) -> Any:
        def encode_checked(content: Any) -> bytes:
            encoded = encode(content)
            drift.check_message(topic, orjson.loads(encoded))
            return encoded

        return encode_checked

    replaced = (
        (rendered_event, "message", checked_message),
        (control_messages, "encode", checked_encode("control")),
        (websocket_commands, "encode", checked_encode("connection")),
    )
    before = [vars(module)[name] for module, name, _ in replaced]
    for module, name, new in replaced:
        vars(module)[name] = new
    yield
    for (module, name, _), old in zip(replaced, before, strict=True):
        vars(module)[name] = old


class ChecksAnswers:
    """A layer around the app of a real server."""

    def __init__(self, app: WSGIApplication, drift: Drift) -> None:
        self._app, self._drift = app, drift

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        answers: list[Answer] = []

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            named = {name.lower(): value for name, value in headers}
            accept = environ.get("HTTP_ACCEPT", "")
            answers.append(Answer(method, path, int(status[:3]), named, accept=accept))
            return start_response(status, headers, *exc_info)

        body = self._app(environ, start)
        for answer in answers:  # none of a WebSocket, which writes its head itself
            if answer.content_type == "application/json":
                body = _read(body)
                answer = replace(answer, body=b"".join(body))
            self._drift.check_answer(answer)
        return body


def _read(body: Iterable[bytes]) -> list[bytes]:
    try:
        return list(body)
    finally:
        if close := getattr(body, "close", None):
            close()


def of_environment() -> Drift:
    """Return the drift that the tests have named to this server."""
    return Drift(Path(os.environ[FOLDER]))
