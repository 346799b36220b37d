"""Keeps what was read in the heads of requests: a browser sends the same path and headers again and again."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

Content = TypeVar("Content")
Reader = Callable[[str], Content]

# The headers of browsers are shorter. gunicorn accepts 800 KiB, and whoever sends a different one each time
# would fill the memory.
_LONGEST = 4_000


def kept_for_short_texts(
    most: int, longest: int = _LONGEST
) -> Callable[[Reader[Content]], Reader[Content]]:
    """Have a function keep what it returned for the last texts, at most so many, if they were short.

    Nothing is kept where it raises.
    """

    def keeping(read: Reader[Content]) -> Reader[Content]:
        kept = lru_cache(maxsize=most)(read)

        def content(text: str) -> Content:
            return kept(text) if len(text) <= longest else read(text)

        return content

    return keeping
