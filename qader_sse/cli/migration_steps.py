"""What migrations say while they run: `migrations/env.py` has it said."""

import time
from typing import Any

from qader_sse.cli.output import counted, say

# The tag of a migration that is only a part of something else, as of `set-up`: it is not worth a
# word there that the tables are new, or that there was nothing to do.
AS_A_PART = "as a part"

_Revisions = tuple[str, ...]


class MigrationSteps:
    """Says each step when it is done, and what all of them came to."""

    def __init__(self, before: _Revisions, *, is_a_part: bool) -> None:
        self._before = before
        self._is_a_part = is_a_part
        self.taken = 0
        self._began_at = time.monotonic()

    def note(self, *, step: Any, **_: object) -> None:
        """Say one step. Alembic calls this after each."""
        names = [_named(step.source_revision_ids), _named(step.destination_revision_ids)]
        seconds = time.monotonic() - self._began_at
        self._began_at += seconds
        self.taken += 1
        if self._before or not self._is_a_part:
            say(f"{names[0]} -> {names[1]} ({seconds:.1f} s): {step.up_revision.doc}")

    def summarise(self, after: _Revisions) -> None:
        if self._is_a_part and not (self._before and self.taken):
            return
        if self.taken:
            steps = counted(self.taken, "step")
            say(f"The database was at {_named(self._before)}, and is at {_named(after)}: {steps}.")
        else:
            say(f"The database is at {_named(after)}: nothing to do.")


def _named(revisions: _Revisions) -> str:
    return ", ".join(revisions) or "nothing"
