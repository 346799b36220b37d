"""Finds the view of a request, and remembers what was found.

| used here | for | what breaks when it changes |
|---|---|---|
| `MapAdapter(…)`, its parameters | a request's adapter without reading the host again | no request finds its view |
| `MapAdapter.match(return_rule=True)`, replaced | Flask asks so, once a request | routes are looked for each time, and it is slower |
"""

from typing import Any

from flask import Request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.sansio.utils import get_host
from werkzeug.wsgi import get_host as get_host_of_environ

from qader_sse.web.head_cache import kept_for_short_texts

# Who plays calls five paths again and again; the players of two hundred duels call as many.
_MAX_PATHS = 1_024
# No view or file of this service has a longer path, with the method before it. But files that are not
# there have a route as well: a thousand names of four thousand characters, each kept in the path and in
# the values, would be eight megabytes.
_LONGEST_PATH = 200
_MAX_HOSTS = 64

Found = tuple[Rule, dict[str, Any]]


class Routes:
    """The routes of an app."""

    def __init__(self, url_map: Map) -> None:
        self._map = url_map
        self._of_any_host = url_map.bind("")
        # What raises an error, such as a path without a route, is not kept.
        self.find = kept_for_short_texts(_MAX_PATHS, _LONGEST_PATH)(self._find)
        self._server_name = kept_for_short_texts(_MAX_HOSTS)(self._read_host)

    def adapter(self, request: Request) -> "RememberingAdapter":
        """Return what finds the route of a request. Raises HTTPException for a malformed host."""
        environ = request.environ
        host, scheme = environ.get("HTTP_HOST"), environ["wsgi.url_scheme"]
        name = (
            self._normalized(get_host_of_environ(environ))
            if host is None
            else self._server_name(f"{scheme}://{host}")
        )
        return RememberingAdapter(self, self._map, name, request)

    def _read_host(self, called: str) -> str:
        scheme, _, host = called.partition("://")
        return self._normalized(get_host(scheme, host))

    def _normalized(self, host: str) -> str:
        """Return a host as it stands in addresses. Raises BadHost for one that is none."""
        return self._map.bind(host).server_name

    def _find(self, method_and_path: str) -> Found:
        method, _, path = method_and_path.partition(" ")
        rule, values = self._of_any_host.match(path, method, return_rule=True)
        return rule, dict(values)


class RememberingAdapter(MapAdapter):
    """Werkzeug's adapter of a request, which does not look for a route that was found before.

    Werkzeug asks one part of a path after the other, in some seventy calls for each request.
    """

    def __init__(self, routes: Routes, url_map: Map, server_name: str, request: Request) -> None:
        environ = request.environ
        super().__init__(
            url_map,
            server_name,
            request.root_path,
            "",
            environ["wsgi.url_scheme"],
            request.path if environ["PATH_INFO"] else "",  # Flask's request has a slash for none
            request.method,
            request.query_string.decode(errors="replace"),
        )
        self._routes = routes

    def match(self, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs != {"return_rule": True}:
            return super().match(*args, **kwargs)
        try:
            rule, values = self._routes.find(f"{self.default_method} {self.path_info}")
        except HTTPException:
            # Where it leads to depends on the address that was called; so it is looked for again.
            return super().match(return_rule=True)
        return rule, values.copy()  # views take values out of it
