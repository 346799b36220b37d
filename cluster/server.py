"""What all servers here have in common: they start, they stop, and `with` does both."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Server(ABC):
    @abstractmethod
    def start(self) -> None:
        """Start, and return when it serves."""

    @abstractmethod
    def stop(self) -> None:
        """Stop, and return when it is gone; nothing happens where it does not run."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
