"""What a scenario is played on: the service, and three people who are signed in."""

from types import TracebackType
from typing import Self

from qader_client.rest import Api

from cluster.local_server import LocalServer
from cluster.process import temporary_folder
from interop.duel import Duel

_PREFIX, _PASSWORD = "interop", "interop-pass-1"


class Stage(LocalServer):
    """One worker with a database of its own; settings go in as environment variables."""

    def __init__(self, **settings: str) -> None:
        super().__init__(PASSWORD_HASH_METHOD="pbkdf2:sha256:1", **settings)  # noqa: S106
        self.programs_log = temporary_folder(self, "qader-interop-") / "programs.log"
        self._people: list[Api] = []

    def __enter__(self) -> Self:
        super().__enter__()
        accounts = ("--count", "3", "--prefix", _PREFIX, "--password", _PASSWORD)
        self.flask("users", "seed", *accounts)
        for number in (1, 2, 3):
            username = f"{_PREFIX}{number}"
            self._people.append(Api.signed_in(self.base_url, username, _PASSWORD))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for person in self._people:
            person.close()
        super().__exit__(kind, error, trace)

    @property
    def cookie(self) -> str:
        """The session cookie of the person in whose name all clients follow a challenge."""
        return self._people[0].cookie or ""

    def duel(self) -> Duel:
        """Return a challenge that the person of `cookie` takes part in."""
        return Duel(*self._people[:2])

    def strangers_duel(self) -> Duel:
        """Return a challenge that the person of `cookie` does not take part in."""
        return Duel(*self._people[1:])
