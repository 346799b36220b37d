"""nginx with its module nchan, from Debian: the only peer that takes messages by POST."""

import os
import subprocess
from pathlib import Path
from string import Template

from bench.contender import Publishing
from bench.peers.peer import HOW_TO_INSTALL, Peer, children
from cluster.nginx import nginx_program
from cluster.process import MissingProgram

_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")


class _Template(Template):
    delimiter = "%"  # `$` marks nginx's own variables


class Nchan(Peer):
    name = "nchan"
    publishing: Publishing = "http"

    def _command(self) -> list[str | Path]:
        own_folder = self.folder / f"{self.name}-{self.port}"
        own_folder.mkdir()
        config = own_folder / "nginx.conf"
        template = _Template((self.program_folder / "nginx.conf.template").read_text())
        # Started by root, the worker would otherwise run as a user who may not open the folder.
        user = "user root;" if os.geteuid() == 0 else ""
        config.write_text(template.substitute(port=self.port, module=_MODULE, user=user))
        where: list[str | Path] = ["-p", own_folder, "-c", config, "-e", "stderr"]
        return [nginx_program(), *where, "-g", "daemon off;"]

    def _installed_version(self) -> str:
        if not _MODULE.exists():
            raise MissingProgram(HOW_TO_INSTALL)
        packages = ["nginx-light", "libnginx-mod-nchan"]
        query = ["dpkg-query", "--show", "--showformat", "${Package} ${Version}, ", *packages]
        output = subprocess.run(query, check=True, capture_output=True, text=True).stdout
        return output.rstrip(", ")

    def _is_up(self) -> bool:
        return super()._is_up() and bool(self.pids)  # the master listens before it has a worker

    @property
    def pids(self) -> list[int]:
        """The worker; the master only waits."""
        return children(self.process.pid)

    def target(self, topic: int) -> str:
        return f"/publish/{topic}"
