"""The script of Swagger UI that the page at `/docs/` loads, out of the package that brings it."""

import gzip
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files

from flask import Response, request

_PACKAGE = "flask_openapi3_swagger"
_SCRIPT = "templates/swagger/js/swagger-ui-bundle.js"


def answer() -> Response:
    """Answer with the script, compressed for clients that can read it so."""
    is_compressed = request.accept_encodings["gzip"] > 0
    response = Response(_script(is_compressed=is_compressed), mimetype="text/javascript")
    if is_compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    # It is sent as it stands: nothing here or on the way shall compress it once more.
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.set_etag(f"{version(_PACKAGE)}-{'gzip' if is_compressed else 'plain'}")
    response.make_conditional(request)
    return response


@lru_cache(maxsize=2)  # 1.5 MB, which take 90 ms to compress: once in the life of a worker
def _script(*, is_compressed: bool) -> bytes:
    content = files(_PACKAGE).joinpath(_SCRIPT).read_bytes()
    return gzip.compress(content) if is_compressed else content
