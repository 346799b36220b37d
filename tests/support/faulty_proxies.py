"""Real proxies with many ports each: one passes everything on as it should, the others each err."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from cluster.process import Process, free_port, is_listening
from cluster.programs import on_path
from cluster.server import Server

# What nginx needs so that everything passes. A fault leaves one of these lines out, or adds some.
_LINES = {
    "version": "proxy_http_version 1.1;",
    "host": "proxy_set_header Host $http_host;",
    "for": "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    "scheme": "proxy_set_header X-Forwarded-Proto $scheme;",
    "upgrade": "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $passed_connection;",
}
_NGINX = Template("""
pid $folder/nginx.pid;
error_log stderr;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    map $$http_upgrade $$passed_connection { default upgrade; "" ""; }
    upstream service { server 127.0.0.1:$service; keepalive 8; keepalive_timeout 60s; }
    upstream nodes { server 127.0.0.1:$service; }
$servers
}
""")


def without(*names: str) -> str:
    """Return what nginx should have in its location, without these lines."""
    kept = [line for name, line in _LINES.items() if name not in names]
    return f"location / {{ proxy_pass http://nodes; {' '.join(kept)} }}"


HEALTHY = without()


def with_lines(*added: str) -> str:
    return HEALTHY.replace("{", "{ " + " ".join(added), 1)


class Proxies(Server):
    """nginx, HAProxy or Caddy, with a port for each name; all their files are in one folder."""

    def __init__(self, program: str, names: Sequence[str], folder: Path) -> None:
        self.ports = {name: free_port() for name in names}
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._program = on_path(program)[0]

    def run(self, config: Path, *arguments: str | Path) -> None:
        environ = {"HOME": str(self.folder)}
        command = [self._program, *arguments]
        self._process = Process(config.name, command, self.folder, environ)

    def start(self) -> None:
        self._process.start()
        self._process.wait_until_up(lambda: all(map(is_listening, self.ports.values())))

    def stop(self) -> None:
        self._process.stop()


class FaultyNginx(Proxies):
    """An nginx with a server for each name; `secured` names those that speak TLS."""

    def __init__(
        self,
        folder: Path,
        service: int,
        locations: Mapping[str, str],
        secured: Mapping[str, tuple[str, Path]],
    ) -> None:
        super().__init__("nginx", [*locations], folder)
        servers = "\n".join(
            f"server {{ listen 127.0.0.1:{self.ports[name]} {secured[name][0] if name in secured else ''};"
            f" {_certificate(secured[name][1]) if name in secured else ''} {location} }}"
            for name, location in locations.items()
        )
        config = folder / "nginx.conf"
        config.write_text(_NGINX.substitute(folder=folder, service=service, servers=servers))
        # Started by root, its workers would otherwise run as a user who may not open the folder.
        user = "user root; " if os.geteuid() == 0 else ""
        self.run(config, "-p", folder, "-c", config, "-e", "stderr", "-g", f"{user}daemon off;")


class FaultyHaproxy(Proxies):
    """A HAProxy with a frontend and a backend for each name, which have these lines."""

    def __init__(self, folder: Path, service: int, lines: Mapping[str, str]) -> None:
        super().__init__("haproxy", [*lines], folder)
        parts = [
            "defaults\n mode http\n option forwardfor\n timeout connect 5s\n timeout client 50s\n timeout server 50s"
        ]
        for name, line in lines.items():
            parts.append(f"listen {name}\n bind 127.0.0.1:{self.ports[name]}\n {line}")
            parts.append(f" server service 127.0.0.1:{service}")
        config = folder / "haproxy.cfg"
        config.write_text("\n".join(parts) + "\n")
        self.run(config, "-db", "-f", config)


class FaultyCaddy(Proxies):
    """A Caddy with a site for each name, which has these lines; `secured` ones speak TLS."""

    def __init__(
        self, folder: Path, service: int, lines: Mapping[str, str], secured: Mapping[str, Path]
    ) -> None:
        super().__init__("caddy", [*lines], folder)
        sites = ["{\n admin off\n auto_https off\n}"]
        for name, text in lines.items():
            scheme = "https" if name in secured else "http"
            tls = f" tls {secured[name]} {secured[name]}\n" if name in secured else ""
            text = text.replace("%service", f"127.0.0.1:{service}")
            sites.append(
                f"{scheme}://127.0.0.1:{self.ports[name]} {{\n bind 127.0.0.1\n{tls} {text}\n}}"
            )
        config = folder / "Caddyfile"
        config.write_text("\n".join(sites) + "\n")
        self.run(config, "run", "--adapter", "caddyfile", "--config", config)


def _certificate(path: Path) -> str:
    return f"ssl_certificate {path}; ssl_certificate_key {path};"
