"""Pictures of pages: what they show is settled before they are taken."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

DESK = {"viewport": {"width": 1280, "height": 720}}
TOUCH = {"has_touch": True, "is_mobile": True}
PHONE = {"viewport": {"width": 360, "height": 640}, "device_scale_factor": 2, **TOUCH}
# Every state is taken in each of these: both languages, both schemes, both sizes.
LOOKS: dict[str, dict[str, Any]] = {
    "ar-phone": {**PHONE, "color_scheme": "light"},
    "en-phone": {**PHONE, "color_scheme": "dark"},
    "ar-desk": {**DESK, "color_scheme": "dark"},
    "en-desk": {**DESK, "color_scheme": "light"},
}


def take(page: Page, path: Path, *, is_scrolled: bool = False, is_whole: bool = False) -> None:
    """Take what is in view at the page's beginning, where it is scrolled to, or the whole page."""
    page.evaluate("document.fonts.ready")
    if not is_scrolled:
        page.evaluate("scrollTo(0, 0)")
    page.mouse.move(0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, animations="disabled", full_page=is_whole)
    assert path.stat().st_size > 5_000, f"{path.name} is an empty picture"
