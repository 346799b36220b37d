"""A real nginx in front of the nodes, configured by `nginx.conf.template`."""

import os
from collections.abc import Sequence
from pathlib import Path
from string import Template

from cluster.process import ROOT, MissingProgram, Process, free_port, is_listening
from cluster.programs import on_path
from cluster.server import Server

_TEMPLATE = Path(__file__).with_name("nginx.conf.template")


class _Template(Template):
    delimiter = "%"  # `$` marks nginx's own variables


def nginx_program() -> Path:
    found = on_path("nginx")
    if not found:
        raise MissingProgram("nginx is not installed: apt-get install nginx-light")
    return found[0]


class Nginx(Server):
    """An nginx on 127.0.0.1 with a folder of its own for all its files."""

    def __init__(
        self,
        folder: Path,
        node_ports: Sequence[int],
        port: int | None = None,
        allowed_origins: Sequence[str] = (),
    ) -> None:
        self.port = port or free_port()
        own_folder = folder / "nginx"
        own_folder.mkdir(parents=True, exist_ok=True)
        config = own_folder / "nginx.conf"
        servers = "\n".join(
            f"        server 127.0.0.1:{node} max_fails=1 fail_timeout=1s;" for node in node_ports
        )
        template = _Template(_TEMPLATE.read_text())
        origins = "\n".join(f'        "{origin}" $http_origin;' for origin in allowed_origins)
        config.write_text(
            template.substitute(
                port=self.port,
                servers=servers.lstrip(),
                origins=origins.lstrip(),
                deploy=ROOT / "deploy" / "nginx",
            )
        )
        # Started by root, its workers would otherwise run as a user who may not open the folder.
        user = "user root; " if os.geteuid() == 0 else ""
        where: list[str | Path] = ["-p", own_folder, "-c", config, "-e", "stderr"]
        command = [nginx_program(), *where, "-g", f"{user}daemon off;"]
        self.process = Process(f"nginx-{self.port}", command, folder)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process.start()
        self.process.wait_until_up(lambda: is_listening(self.port))

    def stop(self) -> None:
        self.process.stop()
