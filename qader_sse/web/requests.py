"""The requests of the app: Flask's, which answer what is asked of every one in fewer steps."""

from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.sansio.utils import get_content_length
from werkzeug.utils import cached_property

from qader_sse.flask_context import this_app

_NO_ARGS: MultiDict[str, str] = ImmutableMultiDict()


class AppRequest(Request):
    """The app's `request_class`.

    Werkzeug looks for each header under another spelling of its name, and reads a body through a
    stream that counts along. Where a player answers a question, whose body is small, that was a hundred
    of the request's two thousand calls. `_cached_data`, where Werkzeug keeps a body that was read, is
    private to it.
    """

    @cached_property
    def content_length(self) -> int | None:
        environ = self.environ
        return get_content_length(
            environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING")
        )

    @cached_property
    def args(self) -> MultiDict[str, str]:
        return super().args if self.query_string else _NO_ARGS

    @property
    def is_json(self) -> bool:
        return self.environ.get("CONTENT_TYPE") == "application/json" or super().is_json

    def get_data(self, cache: bool = True, *args: Any, **kwargs: Any) -> Any:
        """Return the body; the whole of one whose length is known is read at once.

        Raises RequestEntityTooLarge, and ClientDisconnected if the client broke off.
        """
        if cache and "_cached_data" not in self.__dict__ and (length := self.content_length):
            self._cached_data = self._whole(length)
        return super().get_data(cache, *args, **kwargs)

    def _whole(self, length: int) -> bytes:
        if length > this_app().config["MAX_CONTENT_LENGTH"]:
            raise RequestEntityTooLarge
        data: bytes = self.environ["wsgi.input"].read(length)
        if len(data) < length:
            raise ClientDisconnected
        return data

    def close(self) -> None:
        """Close the files that came with a form, where one was read."""
        if "files" in self.__dict__:
            super().close()
