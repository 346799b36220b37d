"""A version names one state of the code: what follows a release has another one."""

import re

from packaging.version import Version

from qader_sse.installation import ROOT
from qader_sse.version import VERSION


def test_what_is_not_released_has_no_released_version() -> None:
    """pip leaves what is installed where a wheel has its version, and the doctor compares versions."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest, *older = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    if newest == "Unreleased":
        assert Version(VERSION) > Version(older[0])
        assert Version(VERSION).is_devrelease
    else:
        assert newest == VERSION
