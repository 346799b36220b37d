"""Every setting stands in a table of docs, with its default."""

import re
from dataclasses import MISSING, fields

import pytest

from cluster.process import ROOT
from qader_sse.config import Settings

ROW = re.compile(r"^\| (`[A-Z][A-Z_0-9]+`(?:, `[A-Z][A-Z_0-9]+`)*) \| ([^|]*) \|", re.MULTILINE)
DAY = 24 * 3600
IN_WORDS: dict[str, object] = {
    "a minute": 60,
    "an hour": 3600,
    "a day": DAY,
    "a week": 7 * DAY,
    "two weeks": 14 * DAY,
    "a year": 365 * DAY,
    "two years": 730 * DAY,
    "none": "",
    "false": False,
    "true": True,
}
# What has no default that could be written down: it is made of something else.
MADE = {"DATABASE_URL", "SECRET_KEY", "JWT_SIGNING_KEY"}
# gunicorn.conf.py sets it for its workers, and reads the others before there are settings.
NOT_FOR_OPERATORS = {"CLOCK_ANCHOR"}
OF_GUNICORN = {"FORWARDED_ALLOW_IPS", "HOST", "PORT", "WEB_CONCURRENCY"}
FIELDS = {field.name.upper(): field for field in fields(Settings)}


def documented() -> dict[str, str]:
    """Return the default that the pages name for each setting."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "docs").glob("*.md")):
        for names, default in ROW.findall(path.read_text()):
            settings = re.findall(r"[A-Z][A-Z_0-9]+", names)
            defaults = default.split(", ") if len(settings) > 1 else [default]
            each = defaults if len(defaults) == len(settings) else [default] * len(settings)
            found |= dict(zip(settings, each, strict=True))
    return found


DOCUMENTED = documented()


def test_every_setting_is_documented_and_what_is_documented_is_one() -> None:
    assert set(FIELDS) - set(DOCUMENTED) - NOT_FOR_OPERATORS - OF_GUNICORN == set()
    assert set(DOCUMENTED) - set(FIELDS) - OF_GUNICORN == set()


@pytest.mark.parametrize("name", sorted(set(FIELDS) & set(DOCUMENTED) - MADE))
def test_the_default_is_the_one_that_is_documented(name: str) -> None:
    written, default = DOCUMENTED[name].strip("`"), FIELDS[name].default
    assert default is not MISSING
    if isinstance(default, tuple):
        default = ",".join(default)
    shown = IN_WORDS.get(written, written.replace("; ", ";"))
    if isinstance(default, int | float) and isinstance(shown, str):
        shown = float(shown)
    elif isinstance(default, str):
        default = str(default).replace("; ", ";")
    assert shown == default
