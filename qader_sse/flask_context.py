"""The request that the running code serves, and its app: what Flask's proxies of them stand for now.

Each use of an attribute of `flask.request` or `flask.current_app` takes eight calls, and a request would use
them forty times. So what nearly every request comes through calls these functions; elsewhere the proxies do.
Both raise RuntimeError where there is none.
"""

from collections.abc import Callable

from flask import Flask, Request, current_app, request

current_request: Callable[[], Request] = request._get_current_object  # type: ignore[attr-defined]  # noqa: SLF001  # Werkzeug's own way
this_app: Callable[[], Flask] = current_app._get_current_object  # type: ignore[attr-defined]  # noqa: SLF001  # the same
