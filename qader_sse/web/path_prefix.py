"""The path prefix that is in the settings: it is removed from each path, and a path without it is nowhere.

It is not left to gunicorn, which answers 500 to a path without the prefix, and takes another prefix
from a request's header `SCRIPT_NAME`.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from qader_sse.service import AnswerCounts
from qader_sse.web.streaming.incoming import NOT_BELOW_PREFIX, refuse


class RemovesPrefix:
    """Moves the prefix, such as `/duels`, from PATH_INFO to SCRIPT_NAME; "" is none."""

    def __init__(self, app: WSGIApplication, prefix: str, answers: AnswerCounts) -> None:
        self._app = app
        self._prefix = prefix
        self._answers = answers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["SCRIPT_NAME"] = self._prefix
        if self._prefix:
            path = environ.get("PATH_INFO", "")
            if not f"{path}/".startswith(f"{self._prefix}/"):
                return refuse(NOT_BELOW_PREFIX, environ, start_response, self._answers)
            environ["PATH_INFO"] = path.removeprefix(self._prefix)
        return self._app(environ, start_response)
