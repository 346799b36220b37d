"""With SCRIPT_NAME, the service removes the path prefix by itself, and no request names another."""

from contextlib import closing

import pytest
from qader_client.rest import Api
from qader_client.watch import SseWatcher

from cluster.local_server import LocalServer
from qader_sse.demo_accounts import DEMO_PASSWORD
from tests.support.deployed_proxies import PREFIX, PrefixedApi
from tests.support.servers import MakeServer


def test_streams_are_handed_over_and_addresses_have_the_prefix(make_server: MakeServer) -> None:
    with make_server(SCRIPT_NAME=PREFIX) as server:
        with closing(PrefixedApi.signed_in(server.base_url, "sara", DEMO_PASSWORD)) as sara:
            assert sara.get("/readyz").body["handover"] == "ok"
            location = sara.get("/ar/account").headers["Location"]
            assert location.endswith(f"{PREFIX}/ar/account/")
            stream = SseWatcher(sara, f"{PREFIX}/sse/challenges/notifications/").open()
            assert stream.status == 200
            stream.cut()
        with closing(Api(server.base_url)) as outside:
            assert outside.get("/readyz").status == 404


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "Script_Name", "SCRIPT-NAME", "PATH_INFO"])
def test_no_header_names_a_prefix_or_a_path(server: LocalServer, name: str) -> None:
    """Not even where the peer is a proxy, as this test is to a server on its machine."""
    with closing(Api(server.base_url)) as api:
        page = api.request("GET", "/en/", headers={name: "//evil.example"})
        assert (page.status, "evil" in page.body) == (200, False)
        below = api.request("GET", "/zz/en/", headers={name: "/zz"})
        assert below.status == 404
