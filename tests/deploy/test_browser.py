"""A browser with a hundred streams on one connection, through the proxies of deploy/."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificates
from playwright.sync_api import sync_playwright
from qader_client.rest import Api

from cluster.local_server import LocalServer
from cluster.programs import on_path
from qader_sse.demo_accounts import DEMO_PASSWORD
from tests.support.deployed_proxies import DeployedProxy
from tests.support.servers import MakeServer

STREAMS = 100
# Over HTTP/1.1 a browser opens six connections to a host, and the seventh stream waits for ever.
OPEN = """async ({ streams, credentials }) => {
  const options = { method: "POST", body: JSON.stringify(credentials), headers: { "Content-Type": "application/json" } };
  const signedIn = await fetch("/api/v1/auth/login/", options);
  if (!signedIn.ok) throw new Error(`signing in: ${signedIn.status}`);
  window.invites = 0;
  const opened = Array.from({ length: streams }, (_, number) => new Promise((resolve) => {
    const stream = new EventSource(`/sse/challenges/notifications/?n=${number}`);
    stream.onopen = resolve;
    stream.onmessage = ({ data }) => { window.invites += JSON.parse(data).type === "new_challenge_invite"; };
  }));
  await Promise.all(opened);
  return performance.getEntriesByType("navigation")[0].nextHopProtocol;
}"""


@pytest.fixture(scope="module")
def server(make_server: MakeServer) -> Iterator[LocalServer]:
    with make_server() as server:
        yield server


def fingerprint(certificate: Path) -> str:
    """Return the hash of its key, as Chromium takes it: over QUIC it forgives no unknown issuer."""
    issued, *_ = load_pem_x509_certificates(certificate.read_bytes())
    key = issued.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


@pytest.mark.parametrize(("name", "protocol"), [("nginx", "h2"), ("caddy", "h3")])
def test_a_hundred_streams_of_one_browser_are_open_at_once(
    server: LocalServer, tmp_path: Path, name: str, protocol: str
) -> None:
    with DeployedProxy(name, tmp_path, [server.port] * 2) as proxy, sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage"]
        if protocol == "h3":
            flags += [
                f"--origin-to-force-quic-on=127.0.0.1:{proxy.tls_port}",
                f"--ignore-certificate-errors-spki-list={fingerprint(proxy.certificate.path)}",
            ]
        with (
            playwright.chromium.launch(
                executable_path=on_path("chromium")[0], args=flags
            ) as browser,
            browser.new_context(ignore_https_errors=True) as context,
        ):
            page = context.new_page()
            page.goto(f"https://127.0.0.1:{proxy.tls_port}/en/")
            credentials = {"username": "sara", "password": DEMO_PASSWORD}
            spoken = page.evaluate(OPEN, {"streams": STREAMS, "credentials": credentials})
            assert spoken == protocol
            with closing(Api.signed_in(server.base_url, "fahad", DEMO_PASSWORD)) as fahad:
                created = fahad.create("quick_quant_10", "sara")
                page.wait_for_function("wanted => window.invites === wanted", arg=STREAMS)
                assert fahad.get("/readyz").body["streams"] >= STREAMS
                fahad.act(created.body["id"], "cancel")
