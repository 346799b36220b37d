"""Headers of clients that the proxies of deploy/ do not pass on, as a node would see them."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from qader_client.rest import Api

from tests.support.deployed_proxies import NAMES, DeployedProxy

REMOVED = ("traceparent", "x-forwarded-prefix", "script_name")


class Shown(BaseHTTPRequestHandler):
    """Answers with the headers of the request."""

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shown) as node:
        thread = threading.Thread(target=node.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield int(node.server_address[1])
        node.shutdown()
        thread.join()


@pytest.mark.parametrize("name", NAMES)
def test_a_client_names_neither_a_trace_nor_a_prefix(name: str, port: int, tmp_path: Path) -> None:
    claimed = dict.fromkeys(REMOVED, "claimed") | {"x-kept": "kept"}
    with (
        DeployedProxy(name, tmp_path, [port, port]) as proxy,
        closing(Api(proxy.base_url)) as api,
    ):
        seen = api.request("GET", "/", headers=claimed).body
    assert [seen.get(header, "") for header in REMOVED] == [""] * len(REMOVED)
    assert seen["x-kept"] == "kept"
