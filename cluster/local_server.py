"""One node with a database of its own, on a free port; its files are deleted with the object."""

import shutil
from pathlib import Path
from typing import Self

from cluster.node import Node
from cluster.process import temporary_folder


class LocalServer(Node):
    """One worker on a new SQLite database: `with LocalServer() as server`.

    `settings` are environment variables. With a `database`, a copy of that file takes the place of
    a new one.
    """

    def __init__(self, database: Path | None = None, /, **settings: str) -> None:
        folder = temporary_folder(self, "qader-")
        own_settings = {
            "DATABASE_URL": f"sqlite:///{folder}/qader.sqlite3",
            "SECRET_KEY": "local-server-key",
        }
        super().__init__("server", folder, own_settings | settings, workers=1)
        self._database = database

    def __enter__(self) -> Self:
        if self._database:
            shutil.copy(self._database, self._folder / "qader.sqlite3")
        else:
            self.flask("set-up")
        return super().__enter__()
