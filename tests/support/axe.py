"""What axe, a checker of accessibility, finds on a page."""

from collections.abc import Iterable
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Scheme = Literal["light", "dark"]
# For pages that are looked at in both languages: both colours, but not each with each. What a colour
# contrasts with is the same in any language.
SCHEMES_IN: dict[str, list[Scheme]] = {"en": ["light"], "ar": ["dark"]}
# Colours change over a moment, in which their contrast is no one's.
TRANSITIONS_OVER = """() => Promise.allSettled(
    document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)
)"""


def violations(
    page: Page, schemes: Iterable[Scheme] = ("light", "dark"), within: str | None = None
) -> list[str]:
    """Return what axe finds on a page or in a part of it, in light and in dark colours."""
    found: list[str] = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(TRANSITIONS_OVER)
        results: Any = Axe().run(page, context=within).response
        found += [
            f"{scheme} {violation['id']}: {violation['help']}: {node['html']}"
            for violation in results["violations"]
            for node in violation["nodes"]
        ]
    return found
