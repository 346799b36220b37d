"""The answers of the app: Flask's, with what every head needs, written in one pass."""

from collections.abc import Iterable
from wsgiref.types import WSGIEnvironment

from flask import Response
from werkzeug.datastructures import Headers

from qader_sse.web import security_headers


class AppResponse(Response):
    """The app's `response_class`: Flask makes one of each answer that is another.

    Headers that all answers have are added to the list that the server gets. To add them one by one
    in a hook, Werkzeug looked for each name in those that were there, which took 80 calls.
    """

    def get_wsgi_response(
        self, environ: WSGIEnvironment
    ) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        body, status, headers = super().get_wsgi_response(environ)
        return body, status, security_headers.completed(headers, environ["wsgi.url_scheme"])


class JsonResponse(AppResponse):
    """An answer whose length is known from the start, and that sends nobody to another address."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return them as they are: Werkzeug would complete nothing in a copy of them."""
        return self.headers
