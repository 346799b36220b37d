"""Facts that came from another worker, or from the log, and that nobody here needs to read."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


class UnreadFact(Mapping[str, Any]):
    """A fact that all its viewers receive as it is: its JSON, which is passed on as it came.

    It is decoded only for those who ask what it says.
    """

    __slots__ = ("json",)

    def __init__(self, written: bytes) -> None:
        self.json = written

    def __getitem__(self, key: str) -> Any:
        return self._said[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __len__(self) -> int:
        return len(self._said)

    def __repr__(self) -> str:
        return f"UnreadFact({self.json!r})"

    @property
    def _said(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.json)
        return said
