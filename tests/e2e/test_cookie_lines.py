"""Cookies may come in several header lines, as some proxies and HTTP/2 send them."""

from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from qader_client.rest import Api

from cluster.local_server import LocalServer

Player = Callable[[int], Api]


@pytest.mark.parametrize(
    "lines",
    [
        ["sessionid={}"],
        ["theme=dark", "sessionid={}"],
        ["sessionid={}", "theme=dark"],
        ["a=1,2; b=3", "sessionid={}; c=4,5", "d=6"],
    ],
)
def test_the_session_is_found_in_any_of_them(
    server: LocalServer, player: Player, lines: list[str]
) -> None:
    connection = HTTPConnection(urlsplit(server.base_url).netloc, timeout=10)
    connection.putrequest("GET", "/api/v1/users/me/")
    for line in lines:
        connection.putheader("Cookie", line.format(player(1).cookie))
    connection.endheaders()
    assert connection.getresponse().status == 200
    connection.close()
