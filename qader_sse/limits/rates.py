"""Rates, as the settings write them: `20/minute burst 60`."""

from collections.abc import Sequence

from throttled.exceptions import DataError
from throttled.rate_limiter import Quota, quota_parser


def parse(text: str) -> Sequence[Quota]:
    """Parse a rate. Raises ValueError."""
    try:
        return quota_parser.parse(text)
    except DataError:
        raise ValueError(text) from None


def is_rate(text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
