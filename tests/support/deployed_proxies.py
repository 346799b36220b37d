"""The proxies of deploy/, as they stand there but for ports, nodes, certificates and names."""

from collections.abc import Callable, Sequence
from pathlib import Path

from qader_client.rest import Answer, Api

from cluster.process import ROOT, Process, free_port, is_listening
from cluster.programs import on_path
from cluster.server import Server
from tests.support.tls import Certificate, TlsDoor

DEPLOY = ROOT / "deploy"
NAMES = ("nginx", "caddy", "haproxy")
PREFIX = "/duels"

_NGINX_MAIN = """
pid nginx.pid;
error_log stderr;
worker_processes 2;
events { worker_connections 8192; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include qader-sse.conf;
}
"""


class DeployedProxy(Server):
    """One of the proxies in front of two nodes; `base_url` is decrypted, for clients without TLS."""

    def __init__(
        self, name: str, folder: Path, node_ports: Sequence[int], *, is_below_prefix: bool = False
    ) -> None:
        self.name, self._folder = name, folder / f"{name}-{is_below_prefix}"
        self._folder.mkdir(mode=0o755)
        self.certificate = Certificate(self._folder)
        self.port, self.tls_port = free_port(), free_port()
        self._is_below_prefix = is_below_prefix
        nodes = {f"127.0.0.1:800{n}": f"127.0.0.1:{port}" for n, port in enumerate(node_ports, 1)}
        configure: Callable[[dict[str, str]], list[str | Path]] = getattr(self, f"_{name}")
        program, *arguments = configure(nodes)
        command = [on_path(str(program))[0], *arguments]
        environ = {"HOME": str(self._folder)}
        self._process = Process(name, command, self._folder, environ)
        self._door = TlsDoor(self.certificate, self.tls_port)

    def start(self) -> None:
        self._process.start()
        self._process.wait_until_up(lambda: is_listening(self.tls_port))
        self._door.open()
        self._process.wait_until_up(lambda: is_listening(self._door.port))

    def stop(self) -> None:
        self._process.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._door.port}"

    def _nginx(self, nodes: dict[str, str]) -> list[str | Path]:
        snippets = self._folder / "snippets"
        snippets.mkdir()
        for name in ("qader-sse-maps.conf", "qader-sse-locations.conf"):
            (snippets / name).write_text((DEPLOY / "nginx" / name).read_text())
        changes = {
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{self.tls_port} ssl http2;",
            "listen [::]:80;": "",
            "listen [::]:443 ssl http2;": "",
            "/etc/letsencrypt/live/duels.example/fullchain.pem": str(self.certificate.path),
            "/etc/letsencrypt/live/duels.example/privkey.pem": str(self.certificate.path),
        }
        if self._is_below_prefix:
            changes |= {
                "# set $qader_prefix": "set $qader_prefix",
                "# rewrite": "rewrite",
                'set $qader_prefix "";': "",
            }
        self._write("nginx/qader-sse.conf", nodes | changes)
        main = self._folder / "nginx.conf"
        main.write_text(_NGINX_MAIN)
        return ["nginx", "-p", self._folder, "-c", main, "-e", "stderr", "-g", "daemon off;"]

    def _caddy(self, nodes: dict[str, str]) -> list[str | Path]:
        ports = [self.tls_port, free_port()]
        if self._is_below_prefix:
            ports.reverse()
        tls = f"bind 127.0.0.1\n\ttls {self.certificate.path} {self.certificate.path}"
        sites = [f"https://127.0.0.1:{port} {{\n\t{tls}\n" for port in ports]
        changes = dict(
            zip(("{$SITE:duels.example} {\n", "# school.example {\n"), sites, strict=True)
        )
        config = self._write("caddy/Caddyfile", nodes | changes)
        whole, below = config.read_text().split(sites[1])
        rest = below.replace("# ", "")  # the lines below a path are comments
        config.write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{whole}{sites[1]}{rest}")
        return ["caddy", "run", "--adapter", "caddyfile", "--config", config]

    def _haproxy(self, nodes: dict[str, str]) -> list[str | Path]:
        changes = {
            "bind :80": f"bind 127.0.0.1:{self.port}",
            "bind :443 ssl crt /etc/haproxy/certificates/duels.example.pem": (
                f"bind 127.0.0.1:{self.tls_port} ssl crt {self.certificate.path}"
            ),
            "log /dev/log local0": "log stdout format raw local0",
            "maxconn 20000": "maxconn 1000",  # who is not root may not have so many files
        }
        if self._is_below_prefix:
            changes |= {
                "# http-request set-header X-Forwarded-P": "http-request set-header X-Forwarded-P",
                "# http-request replace-path": "http-request replace-path",
            }
        return ["haproxy", "-db", "-f", self._write("haproxy/haproxy.cfg", nodes | changes)]

    def _write(self, name: str, changes: dict[str, str]) -> Path:
        text = (DEPLOY / name).read_text()
        for old, new in changes.items():
            assert text.count(old) == 1, f"{name}: {old}"
            text = text.replace(old, new)
        path = self._folder / Path(name).name
        path.write_text(text)
        return path


class PrefixedApi(Api):
    """An `Api` whose service stands below `PREFIX`."""

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        return super().request(method, f"{PREFIX}{path}", body, headers)
