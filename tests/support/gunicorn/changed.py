"""The project's gunicorn.conf.py, on a gunicorn in which a private interface has changed.

The environment variable `CHANGED` names the interface. Gunicorn itself goes on working.
"""

import os
import runpy
from functools import partial
from typing import Any

globals().update(found := runpy.run_path("gunicorn.conf.py"))


def post_worker_init(worker: Any) -> None:
    from gunicorn.http.wsgi import Response

    match os.environ["CHANGED"]:
        case "start_response":  # no longer a bound method
            method = Response.start_response
            Response.start_response = property(lambda self: partial(method, self))
        case "force_close":
            del Response.force_close
        case "close":  # the empty chunk that ends a body is written whatever `chunked` says
            close = Response.close

            def close_chunked(response: Any) -> None:
                response.chunked = response.response_length is None
                close(response)

            Response.close = close_chunked
    found["post_worker_init"](worker)
