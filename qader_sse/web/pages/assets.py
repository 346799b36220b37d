"""How what browsers load besides messages is served: pages, styles, modules."""

import mimetypes

from flask import Flask, Response
from flask_compress import Compress

# Not JSON: most of it is somebody's own, small, and compressed by the proxy in front if at all.
_COMPRESSED = ("text/html", "text/css", "text/javascript", "image/svg+xml")

# A browser runs no module of another type, and what Python would say differs from machine to machine.
mimetypes.add_type("text/javascript", ".js")
_compress = Compress()


def register(app: Flask) -> None:
    app.config.update(
        COMPRESS_REGISTER=False,  # it would look at every answer, streams included
        COMPRESS_MIMETYPES=_COMPRESSED,
        COMPRESS_ALGORITHM=("br", "gzip"),
    )
    _compress.init_app(app)
    app.after_request(_compress_some)


def _compress_some(response: Response) -> Response:
    if response.status_code != 200 or response.mimetype not in _COMPRESSED:
        return response
    response.direct_passthrough = False
    response.make_sequence()  # as a stream it would leave its file open
    compressed: Response = _compress.after_request(response)
    return compressed
