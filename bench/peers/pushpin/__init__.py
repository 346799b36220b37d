"""Pushpin, from Debian: a proxy that holds connections open, as the server behind it tells it to.

That server is an nginx here, and zurl asks it for Pushpin, when a stream opens. Neither has any part in
what is measured.
"""

import json
import os
import subprocess
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from shutil import which
from string import Template

from bench.contender import Publishing
from bench.peers.peer import EVENT, HOW_TO_INSTALL, Peer, allow_many_files, children, message
from cluster.nginx import nginx_program
from cluster.process import MissingProgram, Process, free_port, is_listening

_PACKAGES = ("pushpin", "condure", "zurl")


class _Template(Template):
    delimiter = "%"  # `$` marks nginx's own variables, and `{}` Pushpin's


class Pushpin(Peer):
    name = "pushpin"
    publishing: Publishing = "zeromq"

    def _command(self) -> list[str | Path]:
        self._own_folder = self.folder / f"{self.name}-{self.port}"
        for name in ("run", "log"):
            (self._own_folder / name).mkdir(parents=True)
        self._publish_port, self._origin_port = free_port(), free_port()
        routes = self._own_folder / "routes"
        routes.write_text(f"* 127.0.0.1:{self._origin_port}\n")
        config = self._configured("pushpin.conf")
        zurl = ["zurl", f"--config={self._configured('zurl.conf')}"]
        self._beside = [
            Process(f"{self.name}-{self.port}-origin", self._origin_command(), self.folder),
            Process(f"{self.name}-{self.port}-zurl", zurl, self.folder),
        ]
        return ["pushpin", "--config", config, "--merge-output"]

    def _origin_command(self) -> list[str | Path]:
        config = self._configured("nginx.conf")
        return [nginx_program(), "-p", self._own_folder, "-c", config, "-e", "stderr"]

    def _configured(self, name: str) -> Path:
        """Fill a template, and return the file."""
        template = _Template((self.program_folder / f"{name}.template").read_text())
        path = self._own_folder / name
        # Started by root, nginx's worker would run as a user who may not open the folder.
        user = "user root;" if os.geteuid() == 0 else ""
        ports = {"publish_port": self._publish_port, "origin_port": self._origin_port}
        path.write_text(
            template.substitute(port=self.port, folder=self._own_folder, user=user, **ports)
        )
        return path

    def _installed_version(self) -> str:
        if which("pushpin") is None:
            raise MissingProgram(HOW_TO_INSTALL)
        query = ["dpkg-query", "--show", "--showformat", "${Package} ${Version}, ", *_PACKAGES]
        output = subprocess.run(query, check=True, capture_output=True, text=True).stdout
        return output.rstrip(", ")

    def start(self) -> None:
        allow_many_files()
        for process in self._beside:
            process.start()
        super().start()

    def stop(self) -> None:
        super().stop()
        for process in self._beside:
            process.stop()

    def _is_up(self) -> bool:
        """Whether it holds a stream; it listens before all of its processes know each other."""
        if not is_listening(self._publish_port):
            return False
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection:
                connection.request("GET", self._path(0))
                return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False

    @property
    def publish_port(self) -> int:
        return self._publish_port

    @property
    def pids(self) -> list[int]:
        """All of its processes: messages come to one, and another writes them to the streams."""
        return [self.process.pid, *children(self.process.pid)]

    def target(self, topic: int) -> str:
        return ""

    def template(self, topic: int) -> bytes:
        text = f"event: {EVENT}\ndata: {message(topic).decode()}\n\n"
        item = {"channel": str(topic), "formats": {"http-stream": {"content": text}}}
        return b"J" + json.dumps(item).encode()
