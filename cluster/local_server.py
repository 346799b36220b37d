"""One node with a database of its own, on a free port; its files are deleted with the object."""

from typing import Self

from cluster.node import Node
from cluster.process import temporary_folder


class LocalServer(Node):
    """One worker on a new SQLite database: `with LocalServer() as server`.

    `settings` are environment variables.
    """

    def __init__(self, **settings: str) -> None:
        folder = temporary_folder(self, "qader-")
        own_settings = {
            "DATABASE_URL": f"sqlite:///{folder}/qader.sqlite3",
            "SECRET_KEY": "local-server-key",
        }
        super().__init__("server", folder, own_settings | settings, workers=1)

    def __enter__(self) -> Self:
        self.flask("set-up")
        return super().__enter__()
