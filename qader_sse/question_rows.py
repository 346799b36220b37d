"""What a question file may hold: the shape of each section and question, and what a text may have."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from qader_sse import question_images, question_markup
from qader_sse.domain.payloads import Choice, Markup

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SLUG_EXPECTED = (
    "write small Latin letters and digits, with single hyphens between them, such as"
    " linear-equations"
)
# What nobody sees and no text needs: control characters other than tabs and line breaks, what turns
# the direction of all text around it, and marks that editors leave behind. PostgreSQL refuses NUL.
# The marks and joiners that Arabic is written with (U+200C to U+200F, U+061C) are allowed.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_DAMAGED = "\ufffd"  # what programs write in place of bytes that they cannot read


def _slug(text: str) -> str:
    if not _SLUG.fullmatch(text):
        raise PydanticCustomError("slug", _SLUG_EXPECTED)
    return text


def _readable(text: str) -> str:
    if found := _INVISIBLE.search(text):
        sign = f"U+{ord(found[0]):04X}"
        raise PydanticCustomError(
            "invisible_sign", "this has the invisible sign {sign}: leave it out", {"sign": sign}
        )
    if _DAMAGED in text:
        raise PydanticCustomError(
            "damaged_letter", "this has U+FFFD in place of a damaged letter: write the letter again"
        )
    return text


def _image_address(text: str) -> str:
    if not question_images.is_address(text):
        raise PydanticCustomError("image_address", question_images.EXPECTED)
    return text


def _marked_up(text: str) -> str:
    try:
        question_markup.rendered(text)
    except question_markup.BadMarkup as mistake:
        raise PydanticCustomError("markup", "{said}", {"said": str(mistake)}) from None
    return text


Slug = Annotated[str, StringConstraints(max_length=100), AfterValidator(_slug)]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_readable),
]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=5_000, strip_whitespace=True),
    AfterValidator(_readable),
]
MarkedUp = Annotated[Text, AfterValidator(_marked_up)]
ImageAddress = Annotated[str, StringConstraints(max_length=500), AfterValidator(_image_address)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class SkillRow(_Row):
    slug: Slug
    name: Name
    description: Text | None = None


class SubsectionRow(_Row):
    slug: Slug
    name: Name
    description: Text | None = None
    order: int = Field(ge=0, le=1_000)
    is_active: bool = True
    skills: list[SkillRow] = []


class SectionRow(_Row):
    slug: Slug
    name: Name
    subsections: list[SubsectionRow] = []


class OptionsRow(_Row):
    A: Text
    B: Text
    C: Text
    D: Text


class OptionsMarkupRow(_Row):
    A: MarkedUp | None = None
    B: MarkedUp | None = None
    C: MarkedUp | None = None
    D: MarkedUp | None = None


class MarkupRow(_Row):
    """The texts of a question that have formulas, once more, with TeX between dollar signs."""

    question_text: MarkedUp | None = None
    options: OptionsMarkupRow = OptionsMarkupRow()
    hint: MarkedUp | None = None
    explanation: MarkedUp | None = None
    solution_method_summary: MarkedUp | None = None


class QuestionRow(_Row):
    """One question. Its `code` identifies it for good: an import with the same code replaces it."""

    code: Slug
    section: Slug
    subsection: Slug
    skill: Slug | None = None
    difficulty: int = Field(ge=1, le=5)
    question_text: Text
    options: OptionsRow
    correct_answer: Choice
    hint: Text | None = None
    explanation: Text | None = None
    solution_method_summary: Text | None = None
    image: ImageAddress | None = None
    markup: MarkupRow | None = None

    def texts(self) -> Iterator[tuple[str, str | None, str | None]]:
        """Yield the name of each text, the text, and the text marked up."""
        markup = self.markup or MarkupRow()
        for name in ("question_text", "hint", "explanation", "solution_method_summary"):
            yield name, getattr(self, name), getattr(markup, name)
        for letter, text in self.options:
            yield f"options.{letter}", text, getattr(markup.options, letter)

    def rendered_markup(self) -> Markup | None:
        """Return the marked-up texts as they are served; a text without a formula is null."""
        if self.markup is None:
            return None
        markup, options = self.markup, self.markup.options
        return {
            "question_text": _rendered(markup.question_text),
            "options": {
                "A": _rendered(options.A),
                "B": _rendered(options.B),
                "C": _rendered(options.C),
                "D": _rendered(options.D),
            },
            "hint": _rendered(markup.hint),
            "solution_method_summary": _rendered(markup.solution_method_summary),
            "explanation": _rendered(markup.explanation),
        }


def _rendered(text: str | None) -> str | None:
    return text and question_markup.rendered(text)
