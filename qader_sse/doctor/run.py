"""Runs the checks, one part of the installation after the other."""

import logging
from collections.abc import Callable, Iterator

from qader_sse.doctor.examination import Examination
from qader_sse.doctor.finding import Check, Finding, Part

logger = logging.getLogger(__name__)

# Told before each check: the part and the check. After it: what was found.
Told = Callable[[str, str], None]


def examine(
    exam: Examination, parts: tuple[Part, ...], begin: Told, end: Callable[[int], None]
) -> Iterator[Finding]:
    """Yield all findings. A check that fails is a finding, too, and ends no other part."""
    with exam.leaving:
        for part in parts:
            if not part.is_there(exam):
                continue
            for check in part.checks:
                begin(part.name, check.title)
                found = _look(exam, part, check)
                end(len(found))
                yield from found
                if any(finding.ends_part for finding in found):
                    break


def _look(exam: Examination, part: Part, check: Check) -> list[Finding]:
    found: list[Finding] = []
    try:
        for finding in check.look(exam):
            found.append(finding)  # what came before an error stays
    except Exception as error:  # what one check cannot do must not end the others
        logger.debug("a check failed", exc_info=True)
        why = str(error.__cause__ or error).strip().partition("\n")[0] or type(error).__name__
        found.append(
            Finding(
                "not_examined",
                f"{part.name}, {check.title}: this could not be examined ({why}).",
                "Mend what the other findings name, then run the doctor again.",
            )
        )
    return found
