"""The answers of the app: Flask's, with what every head needs, written in one pass."""

from collections.abc import Iterable, Mapping
from typing import ClassVar
from wsgiref.types import WSGIEnvironment

from flask import Response
from werkzeug.datastructures import Headers

from qader_sse.web import security_headers


class AppResponse(Response):
    """The app's `response_class`: whatever a view returns, Flask makes one of these of it.

    Headers that all answers have are added to the list that the server gets. A hook that added them one
    by one took 80 calls more, because Werkzeug compares each name with those that are there.
    """

    # Headers that all answers of a subclass have as well.
    fixed_headers: ClassVar[Mapping[str, str]] = {}

    def get_wsgi_response(
        self, environ: WSGIEnvironment
    ) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        headers = self.complete_headers(environ)
        return self.get_app_iter(environ), self.status, headers

    def complete_headers(self, environ: WSGIEnvironment) -> list[tuple[str, str]]:
        """Return all headers that are sent."""
        headers = self.get_wsgi_headers(environ).to_wsgi_list()
        headers += self.fixed_headers.items()
        return security_headers.completed(headers, environ["wsgi.url_scheme"])


class JsonResponse(AppResponse):
    """An answer whose length is known from the start, and that sends nobody to another address.

    Its parts are given to Werkzeug as they will be sent, so that it compares and wraps none of them.
    `_on_close`, where Werkzeug keeps who waits for the end of an answer, is private to it.
    """

    def __init__(self, body: bytes) -> None:
        headers = Headers()
        headers.add("Content-Type", "application/json")
        headers.add("Content-Length", str(len(body)))
        super().__init__([body], 200, headers)

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers as they are. Werkzeug would copy them, and find nothing to add."""
        return self.headers

    def get_app_iter(self, environ: WSGIEnvironment) -> Iterable[bytes]:
        """Return the body as it is, where nobody waits for the end of the answer."""
        if self._on_close or environ["REQUEST_METHOD"] == "HEAD":
            return super().get_app_iter(environ)
        return self.response  # type: ignore[return-value]  # bytes: see above
