"""What the scenarios found, as cells of a table: a text, and whether it is as it should be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from interop.clients import Client
from interop.delivery import Delivery
from interop.scenarios import CUTS, QUIET_SECONDS, Afterwards

COLUMNS = ("whole", "cuts", "restarts", "end", "refused")


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    is_good: bool


@dataclass(frozen=True, slots=True)
class Row:
    client: Client
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def unexpected(self) -> list[str]:
        """Name the columns with a bad result that is no known weakness of the client."""
        bad = [column for column, cell in self.cells.items() if not cell.is_good]
        return [column for column in bad if column not in self.client.weak_in]


def delivered(delivery: Delivery) -> Cell:
    return Cell(delivery.text(), delivery.is_whole)


def cut(delivery: Delivery, cuts: int) -> Cell:
    """Return what was delivered, and the number of cuts if they were not all made in time."""
    text = delivery.text() if cuts == CUTS else f"{delivery.text()} ({cuts} cuts)"
    return Cell(text, delivery.is_whole and cuts == CUTS)


def ended(client: Client, after: Afterwards) -> Cell:
    """Return how the client took the end. On SSE it may ask once more, and is answered with 204.

    A WebSocket stays open, since pages of the earlier service take a close for a loss.
    """
    if client.is_websocket:
        return Cell("stays open" if after.is_open else "closed", after.is_open)
    if after.is_open and not after.statuses:
        return Cell("stays open", is_good=False)
    if after.statuses in ([], [204]):
        return Cell("204 once" if after.statuses else "asks no more", is_good=True)
    return Cell(_again(after), is_good=False)


def refused(client: Client, found: Mapping[int, Afterwards]) -> Cell:
    """Return how the client took refusals. It should ask only once; it need not show why."""
    texts = {status: _refusal(after) for status, after in found.items()}
    is_good = all(len(after.statuses) <= 1 for after in found.values())
    if len(set(texts.values())) == 1:
        return Cell(next(iter(texts.values())), is_good)
    code = 3600 if client.is_websocket else 0
    return Cell("; ".join(f"{code + status}: {text}" for status, text in texts.items()), is_good)


def _refusal(after: Afterwards) -> str:
    why = "shows why" if after.shows_why else "does not show why"
    return why if len(after.statuses) <= 1 else f"{why}, asks again for ever"


def _again(after: Afterwards) -> str:
    kinds = "/".join(str(status) for status in sorted(set(after.statuses)))
    return f"asks again, {len(after.statuses)} × in {QUIET_SECONDS} s ({kinds})"
