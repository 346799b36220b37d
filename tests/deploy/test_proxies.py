"""The proxies of deploy/ before two nodes: streams, a path prefix, what clients may not say, restarts."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from socket import create_connection

import psutil
import pytest
from qader_client.rest import Answer, Api
from qader_client.watch import SocketWatcher, SseWatcher

from cluster.local_cluster import Cluster
from qader_sse.doctor.path.checks import PATH as PATH_PART
from tests.support.deployed_proxies import NAMES, PREFIX, DeployedProxy, PrefixedApi
from tests.support.duel import CHALLENGES, PASSWORD, QUICK_HASH
from tests.support.duels_under_load import InvitesUnderLoad
from tests.support.examining import app_with, faults
from tests.support.http_duels import PATH, violations_in

pytestmark = pytest.mark.timeout(120)

# HAProxy looks once a second; a busy machine answers late.
_BETWEEN_CHECKS_SECONDS = 3

Connect = Callable[..., Api]
Through = Callable[..., DeployedProxy]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(workers=1, PASSWORD_HASH_METHOD=QUICK_HASH, DRAIN_SECONDS="1") as cluster:
        cluster.flask("users", "seed", "--count", "8", "--prefix", "player", "--password", PASSWORD)
        yield cluster


@pytest.fixture(scope="module")
def through(cluster: Cluster) -> Iterator[Through]:
    """Start a proxy when it is first asked for."""
    started: dict[tuple[str, bool], DeployedProxy] = {}
    with ExitStack() as running:

        def find(name: str, *, is_below_prefix: bool = False) -> DeployedProxy:
            key = (name, is_below_prefix)
            if key not in started:
                ports = [node.port for node in cluster.nodes]
                proxy = DeployedProxy(name, cluster.folder, ports, is_below_prefix=is_below_prefix)
                started[key] = running.enter_context(proxy)
            return started[key]

        yield find


@pytest.fixture(params=NAMES)
def proxy(request: pytest.FixtureRequest, through: Through) -> DeployedProxy:
    return through(request.param)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Make clients of an address, which are closed at the end."""
    with ExitStack() as clients:

        def connected(base_url: str, kind: type[Api] = Api) -> Api:
            api = kind(base_url)
            clients.callback(api.close)
            return api

        yield connected


def sign_in(api: Api, number: int = 1) -> str:
    """Sign in as player `number`; return the cookie as the service sent it."""
    credentials = {"username": f"player{number}", "password": PASSWORD}
    answer = api.post("/api/v1/auth/login/", credentials)
    api.user = answer.body["user"]
    return header(answer, "Set-Cookie")


def header(answer: Answer, name: str) -> str:
    """Return a header, whose name HAProxy writes in small letters."""
    return {key.lower(): value for key, value in answer.headers.items()}[name.lower()]


def play(first: Api, second: Api, prefix: str = "") -> None:
    """Begin a duel and answer its first question; the first player is on SSE, the second on the socket."""
    challenge_id = first.create("quick_quant_10", "player2").body["id"]
    hers = SseWatcher(first, prefix + PATH.format(challenge_id)).open("0")
    his = SocketWatcher(second, f"{prefix}/ws/challenges/{challenge_id}/").open(0)
    second.act(challenge_id, "accept")
    for api in (first, second):
        api.act(challenge_id, "ready")
    question = hers.wait_for("challenge.start").payload["questions"][0]["id"]
    for api in (first, second):
        api.answer(challenge_id, question, "A")
    for api, watcher in ((first, hers), (second, his)):
        watcher.wait_until(lambda watcher=watcher: len(watcher.ids) == 9)  # type: ignore[misc]
        assert watcher.ids == list(range(1, 10))
        assert violations_in(api, watcher) == []
        watcher.cut()
    assert first.act(challenge_id, "leave").status == 200


def test_a_duel_passes(proxy: DeployedProxy, connect: Connect) -> None:
    first, second = connect(proxy.base_url), connect(proxy.base_url)
    assert "; Secure;" in sign_in(first, 1)
    sign_in(second, 2)
    play(first, second)


@pytest.mark.parametrize("name", NAMES)
def test_a_duel_passes_below_a_path(through: Through, connect: Connect, name: str) -> None:
    base_url = through(name, is_below_prefix=True).base_url
    first, second = (connect(base_url, PrefixedApi) for _ in range(2))
    assert "Path=/duels;" in sign_in(first, 1)
    sign_in(second, 2)
    assert header(first.get("/ar/account"), "Location").endswith("/duels/ar/account/")
    assert first.get("/openapi/openapi.json").body["servers"][0]["url"] == "/duels/"
    assert f'src="{PREFIX}/static/app/main.js"' in first.get("/").body
    for module in ("app/main.js", "client/index.js"):
        assert first.get(f"/static/{module}").status == 200
    play(first, second, PREFIX)


@pytest.mark.parametrize("is_below_prefix", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_the_doctor_finds_nothing_on_the_way(
    cluster: Cluster,
    through: Through,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    is_below_prefix: bool,
) -> None:
    proxy = through(name, is_below_prefix=is_below_prefix)
    monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate.authority_path))
    url = f"https://127.0.0.1:{proxy.tls_port}{PREFIX if is_below_prefix else ''}"
    with app_with(cluster.settings) as app:
        assert faults(app, PATH_PART, url=url, quiet_seconds=1) == set()


def test_browsers_get_http_2(proxy: DeployedProxy) -> None:
    context = proxy.certificate.new_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        create_connection(("127.0.0.1", proxy.tls_port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        assert (connection.selected_alpn_protocol(), connection.version()) == ("h2", "TLSv1.3")


def test_a_client_says_neither_host_nor_prefix_nor_scheme(
    proxy: DeployedProxy, connect: Connect
) -> None:
    claimed = {
        "X-Forwarded-Prefix": "/evil",
        "SCRIPT_NAME": "/evil",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
    }
    api = connect(proxy.base_url)
    location = header(api.request("GET", "/account", headers=claimed), "Location")
    page = api.request("GET", "/", headers=claimed).body
    assert location.endswith("/account/")
    assert "evil" not in location + page
    assert f'content="https://{proxy.base_url.removeprefix("http://")}/static/preview' in page


def test_the_proxy_names_requests_and_no_client_does(
    proxy: DeployedProxy, cluster: Cluster, connect: Connect
) -> None:
    api = connect(proxy.base_url)
    sign_in(api)
    body = json.dumps({"challenge_type": "quick_quant_10", "opponent_username": "player2"})
    claimed = {"Content-Type": "application/json", "X-Request-ID": "claimed-0123456789abcdef"}
    created = api.request("POST", CHALLENGES, body.encode(), claimed)
    assert created.status == 201
    api.act(created.body["id"], "cancel")
    found = cluster.postgres.query("SELECT DISTINCT request_id FROM events")
    ids = [str(request_id) for (request_id,) in found]
    # The service would make shorter ones itself; what no request caused has a word.
    named = [found for found in ids if re.fullmatch(r"[0-9a-f-]{32,36}", found)]
    assert len(named) >= 2
    assert [found for found in ids if len(found) >= 16 and found not in named] == []


def test_connections_to_the_nodes_are_kept(
    proxy: DeployedProxy, cluster: Cluster, connect: Connect
) -> None:
    api = connect(proxy.base_url)
    for _ in range(4):
        assert api.get("/livez").status == 200
    to_nodes = {("127.0.0.1", node.port) for node in cluster.nodes}
    process = psutil.Process(proxy.pid)
    kept = [
        connection
        for part in (process, *process.children())
        for connection in part.net_connections("tcp4")
        if connection.raddr in to_nodes and connection.status == psutil.CONN_ESTABLISHED
    ]
    assert kept


@pytest.mark.parametrize("name", ["nginx", "haproxy"])
def test_what_comes_without_tls_is_sent_to_https(
    through: Through, connect: Connect, name: str
) -> None:
    port = through(name).port
    redirect = connect(f"http://127.0.0.1:{port}").get("/ar/?a=b")
    assert redirect.status == 308
    # In nginx without the port, which is the default one outside of tests.
    shown = {"nginx": "", "haproxy": f":{port}"}[name]
    assert header(redirect, "Location") == f"https://127.0.0.1{shown}/ar/?a=b"


def test_a_node_after_the_other_reloads_and_nothing_fails_or_is_lost(
    cluster: Cluster, through: Through, connect: Connect
) -> None:
    """Both replace their workers, under load through all proxies."""
    loads = []
    with ExitStack() as running:
        for number, name in enumerate(NAMES):
            apis = [connect(through(name).base_url) for _ in range(2)]
            for api, player in zip(apis, (2 * number + 3, 2 * number + 4), strict=True):
                sign_in(api, player)
            loads.append(running.enter_context(InvitesUnderLoad(*apis)))
        for node in cluster.nodes:
            node.reload()
            # The old worker said that it was about to leave. A proxy has to have looked again
            # before the next node says so, or it knows of none.
            time.sleep(_BETWEEN_CHECKS_SECONDS)
        for load in loads:
            load.finish()
    for load in loads:
        assert load.failures == []
        assert load.received == list(range(1, load.calls + 1))
        assert load.calls > 20
    assert sum(load.resumed for load in loads) >= 2  # those of both nodes, at the least
