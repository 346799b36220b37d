"""Flask's proxies, such as `request`: what they stand for."""

from typing import TypeVar

T = TypeVar("T")


def unwrapped(proxy: T) -> T:
    """Return what a proxy stands for now. Raises RuntimeError if that is nothing.

    Each use of a proxy's attribute takes eight calls, and a request would use them forty times.
    """
    found: T = proxy._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # Werkzeug's own way
    return found
