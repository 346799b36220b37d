"""Failures of the database that are nobody's mistake; the same request may succeed later."""

from typing import Literal

# What only an operator can mend: no space; no permission to write, or a standby; a disk that does
# not read or write; contents that are no longer those of a database; another file at its path.
Fault = Literal["full", "read_only", "io_error", "damaged", "replaced"]


class StoreUnavailable(Exception):
    """The database did not do what was asked. Nothing has changed, unless a subclass says otherwise."""


class StoreBusy(StoreUnavailable):
    """A lock is held, all connections are in use, or a statement took too long."""


class Conflict(StoreBusy):
    """The database rolled this transaction back in favour of another one; repeated, it may pass."""


class StoreAway(StoreUnavailable):
    """The database cannot be reached, or the connection broke before the commit."""


class StoreBroken(StoreAway):
    """The database runs, but does not do its work until somebody mends it; `fault` says why."""

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(f"{fault}: {text}")
        self.fault = fault


class OutcomeUnknown(StoreUnavailable):
    """The connection broke during the commit, which may or may not have happened."""
