"""Refuses passwords of a source whose queue is full before Flask has any work with them.

Of a thousand sign-ins that come at the same moment, all but some twenty are refused. In Flask each
refusal takes some milliseconds, and whoever signs in from elsewhere would wait behind all of them.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from qader_sse.service import AnswerCounts
from qader_sse.use_cases.passwords import Passwords, TooManyWaiting
from qader_sse.web.client_address import client_network
from qader_sse.web.streaming.incoming import TOO_MANY_WAITING, refuse

# Behind the prefix of a language, which `LocalePrefix` has taken off.
_PATHS = ("/api/v1/auth/login/", "/api/v1/auth/register/")


class PasswordGate:
    """Lets requests with a password in while there is room in the queue of their source."""

    def __init__(self, app: WSGIApplication, passwords: Passwords, answers: AnswerCounts) -> None:
        self._app = app
        self._passwords = passwords
        self._answers = answers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in _PATHS and environ.get("REQUEST_METHOD") == "POST":
            try:
                self._passwords.require_room(client_network(environ))
            except TooManyWaiting as error:
                return refuse(
                    TOO_MANY_WAITING,
                    environ,
                    start_response,
                    self._answers,
                    route=path,
                    retry_after=error.retry_after_seconds,
                )
        return self._app(environ, start_response)
