"""The request that the running code serves, and its app: what Flask's proxies of them stand for now.

Each use of a proxy's attribute takes eight calls, and a request would use them forty times. So what nearly
every request comes through calls these, and the proxies are for the rest. Both functions raise RuntimeError
where there is none.
"""

from collections.abc import Callable

from flask import Flask, Request, current_app, request

current_request: Callable[[], Request] = request._get_current_object  # type: ignore[attr-defined]  # noqa: SLF001  # Werkzeug's own way
this_app: Callable[[], Flask] = current_app._get_current_object  # type: ignore[attr-defined]  # noqa: SLF001  # the same
