"""A proxy as a process of its own, with all that it writes in one folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import trustme

from cluster.process import MissingProgram, Process, free_port, is_listening
from cluster.programs import on_path
from cluster.server import Server
from interop.proxies.setups import Setup

_Command = Sequence[str | Path]


class _Template(Template):
    delimiter = "%"  # `$` is nginx's own


@dataclass(frozen=True, slots=True)
class _Program:
    """How a proxy is started: its program, its template, and its arguments for a configuration."""

    name: str
    template: str
    arguments: Callable[["ProxyServer", Path], _Command]


_PROGRAMS = {
    "nginx": _Program(
        "nginx",
        "nginx.conf.template",
        lambda server, config: ["-p", server.folder, "-c", config, "-g", "daemon off;"],
    ),
    "HAProxy": _Program("haproxy", "haproxy.cfg.template", lambda _, config: ["-db", "-f", config]),
    "Caddy": _Program(
        "caddy",
        "Caddyfile.template",
        lambda _, config: ["run", "--adapter", "caddyfile", "--config", config],
    ),
    "Apache": _Program(
        "apache2", "apache.conf.template", lambda _, config: ["-D", "FOREGROUND", "-f", config]
    ),
    "Varnish": _Program(
        "varnishd",
        "varnish.vcl.template",
        lambda server, config: [
            *("-F", "-j", "none", "-n", server.folder / "work", "-f", config),
            *("-a", f"127.0.0.1:{server.port}", "-a", f"127.0.0.1:{server.tls_port}"),
            *("-p", "feature=+http2"),  # HTTP/2 without TLS, which Varnish lacks
        ],
    ),
}


class ProxyServer(Server):
    """One setup in front of the port `service`; HTTP/2 is on `tls_port`, in Varnish without TLS."""

    folder: Path
    port: int
    tls_port: int

    def __init__(self, setup: Setup, folder: Path, service: int) -> None:
        program = _PROGRAMS[setup.proxy]
        self.port, self.tls_port = free_port(), free_port()
        self.folder = folder
        folder.mkdir(mode=0o755)
        certificate = folder / "certificate.pem"
        trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
            str(certificate)
        )
        values = {
            "folder": folder,
            "certificate": certificate,
            "port": self.port,
            "tls_port": self.tls_port,
            "service": service,
        }
        template = _Template(Path(__file__).with_name(program.template).read_text())
        lines = _Template(setup.lines).substitute(values)
        config = folder / program.template.removesuffix(".template")
        config.write_text(template.substitute(values, lines=lines))
        found = on_path(program.name)
        if not found:
            raise MissingProgram(f"{program.name} is not installed: make clients installs it")
        command = [found[0], *program.arguments(self, config)]
        self._process = Process(program.name, command, folder, {"HOME": str(folder)})

    def start(self) -> None:
        self._process.start()
        self._process.wait_until_up(lambda: is_listening(self.port) and is_listening(self.tls_port))

    def stop(self) -> None:
        self._process.stop()
