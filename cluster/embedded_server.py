"""One node of one worker on SQLite, whose disk can be full."""

from pathlib import Path

from cluster.full_disk import FullDisk
from cluster.node import Node
from cluster.process import temporary_folder
from cluster.server import Server


class EmbeddedServer(Server):
    """A node with a database of its own; `settings` are its environment.

    Without a `folder`, the log is deleted with this object. The database always is.
    """

    def __init__(self, folder: Path | None = None, **settings: str) -> None:
        file = temporary_folder(self, "qader-sqlite-") / "qader.sqlite3"
        self.database_url = f"sqlite:///{file}"
        self.disk = FullDisk(file)
        environ = {"DATABASE_URL": self.database_url, "SECRET_KEY": "embedded-server-key"}
        logs = folder or temporary_folder(self, "qader-embedded-")
        node = Node("embedded", logs, environ | settings | self.disk.environ, workers=1)
        self.nodes = [node]
        self.base_url = node.base_url

    def start(self) -> None:
        self.flask("set-up")
        self.nodes[0].start()

    def stop(self) -> None:
        self.nodes[0].stop()

    def flask(self, *arguments: str) -> str:
        """Run a command of the service with the node's settings; return its output."""
        return self.nodes[0].flask(*arguments)
