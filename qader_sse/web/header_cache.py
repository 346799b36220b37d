"""Keeps what was read of headers: a browser sends the same ones with each request."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

Content = TypeVar("Content")
Reader = Callable[[str], Content]

# Those of browsers are shorter. gunicorn accepts 800 KiB, and whoever sends a different one each time
# would fill the memory.
_LONGEST = 4_000


def kept_for_short_headers(
    most: int, longest: int = _LONGEST
) -> Callable[[Reader[Content]], Reader[Content]]:
    """Have a function keep what it returned for the last headers, at most so many, if they were short.

    Nothing is kept where it raises.
    """

    def keeping(read: Reader[Content]) -> Reader[Content]:
        kept = lru_cache(maxsize=most)(read)

        def content(header: str) -> Content:
            return kept(header) if len(header) <= longest else read(header)

        return content

    return keeping
