"""People as parameters of a statement that is about one person, or about the two of a duel.

SQLAlchemy writes a statement with a list anew for each length of it, and SQLite reads a list in one
parameter by a function, which takes longer than to find the rows of two people.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, bindparam


def is_of(column: Any) -> ColumnElement[bool]:
    """Return in SQL whether a column is one of those of `ids`."""
    found: ColumnElement[bool] = column.in_((bindparam("one_id"), bindparam("other_id")))
    return found


def ids(user_ids: Collection[int]) -> dict[str, int]:
    """Return the parameters for one or two people; one is named twice."""
    one_id, *others = user_ids
    (other_id,) = others or [one_id]
    return {"one_id": one_id, "other_id": other_id}
