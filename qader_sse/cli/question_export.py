"""The bank as a question file: with the formulas as TeX, which the bank keeps as MathML."""

from typing import Any

from qader_sse.question_markup import BadMarkup
from qader_sse.question_tex import source

Part = dict[str, Any]


def exported(bank: dict[str, list[Part]]) -> dict[str, list[Part]]:
    """Return what `questions import` reads. Raises BadMarkup, with the question's code."""
    questions = [
        {**one, "markup": _of(one["code"], one["markup"])} if "markup" in one else one
        for one in bank["questions"]
    ]
    return {**bank, "questions": questions}


def _of(code: str, markup: Part) -> Part:
    try:
        options = {k: source(text) for k, text in markup["options"].items() if text is not None}
        texts = {k: source(v) for k, v in markup.items() if isinstance(v, str)}
    except BadMarkup as mistake:
        raise BadMarkup(f"{code}: {mistake}") from None
    return {**texts, "options": options} if options else texts
