"""A real nginx in front of the nodes, configured by `nginx.conf.template`."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from string import Template

import psutil

from cluster.process import ROOT, MissingProgram, Process, free_port, is_listening
from cluster.programs import on_path
from cluster.server import Server
from cluster.waiting import wait_until

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
        self._config, self._node_ports = own_folder / "nginx.conf", node_ports
        self._allowed_origins = allowed_origins
        self._write_config()
        # Started by root, its workers would otherwise run as a user who may not open the folder.
        user = "user root; " if os.geteuid() == 0 else ""
        where: list[str | Path] = ["-p", own_folder, "-c", self._config, "-e", "stderr"]
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

    def leave_out(self, *node_ports: int) -> None:
        """Send nothing new to these nodes from now on, as before a deploy; without any, use all.

        What goes on, streams among them, goes on in the former processes of nginx.
        """
        former = self._workers()
        self._write_config(node_ports)
        self.process.signal(signal.SIGHUP)
        wait_until(lambda: self._workers() - former)
        # The former ones have been told to end, and close what listens once they come to it.
        wait_until(lambda: not any(map(_listens, former)))

    def _write_config(self, left_out: Sequence[int] = ()) -> None:
        servers = "\n".join(
            f"        server 127.0.0.1:{node} max_fails=1 fail_timeout=1s"
            f"{' down' if node in left_out else ''};"
            for node in self._node_ports
        )
        template = _Template(_TEMPLATE.read_text())
        origins = "\n".join(f'        "{origin}" $http_origin;' for origin in self._allowed_origins)
        self._config.write_text(
            template.substitute(
                port=self.port,
                servers=servers.lstrip(),
                origins=origins.lstrip(),
                deploy=ROOT / "deploy" / "nginx",
            )
        )

    def _workers(self) -> set[psutil.Process]:
        return set(psutil.Process(self.process.pid).children())


def _listens(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return any(c.status == psutil.CONN_LISTEN for c in process.net_connections("tcp"))
    return False
