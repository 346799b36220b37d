"""The types of challenge that people can choose from."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qader_sse.domain.i18n import mark

QUANTITATIVE = "quantitative"
VERBAL = "verbal"


@dataclass(frozen=True, slots=True)
class ChallengeType:
    """What a challenge of one type consists of. `name` and `description` are translatable."""

    key: str
    name: str
    description: str
    num_questions: int
    time_limit_seconds: int | None
    allow_hints: bool
    sections: tuple[str, ...]
    is_speed_challenge: bool = False
    is_accuracy_challenge: bool = False

    def questions_by_section(self) -> dict[str, int]:
        """Return how many questions come from each section: the numbers differ by at most one."""
        share, rest = divmod(self.num_questions, len(self.sections))
        return {slug: share + (position < rest) for position, slug in enumerate(self.sections)}


_ALL = (
    ChallengeType(
        key="quick_quant_10",
        name=mark("Quick Quant (10 Q)"),
        description=mark("Ten quantitative questions in five minutes, with hints."),
        num_questions=10,
        time_limit_seconds=300,
        allow_hints=True,
        sections=(QUANTITATIVE,),
    ),
    ChallengeType(
        key="medium_verbal_15",
        name=mark("Medium Verbal (15 Q, No Hints)"),
        description=mark("Fifteen verbal questions in ten minutes, without hints."),
        num_questions=15,
        time_limit_seconds=600,
        allow_hints=False,
        sections=(VERBAL,),
    ),
    ChallengeType(
        key="comprehensive_20",
        name=mark("Comprehensive (20 Q)"),
        description=mark("Twenty questions from both sections in fifteen minutes, with hints."),
        num_questions=20,
        time_limit_seconds=900,
        allow_hints=True,
        sections=(QUANTITATIVE, VERBAL),
    ),
    ChallengeType(
        key="speed_challenge_5min",
        name=mark("Speed Challenge (5 Min)"),
        description=mark("As many of twenty-five questions as you can in five minutes."),
        num_questions=25,
        time_limit_seconds=300,
        allow_hints=False,
        sections=(QUANTITATIVE, VERBAL),
        is_speed_challenge=True,
    ),
    ChallengeType(
        key="accuracy_challenge",
        name=mark("Accuracy Challenge"),
        description=mark("Fifteen questions without a time limit: only right answers count."),
        num_questions=15,
        time_limit_seconds=None,
        allow_hints=False,
        sections=(QUANTITATIVE, VERBAL),
        is_accuracy_challenge=True,
    ),
)

CHALLENGE_TYPES: Mapping[str, ChallengeType] = MappingProxyType({kind.key: kind for kind in _ALL})
