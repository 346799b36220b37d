"""Writes the formulas of stored questions as TeX again, for an export.

The bank keeps what is served: text with MathML, as `question_markup` has made it. What is written here
gives the same MathML once more, which is checked each time: nothing is exported that would be another
question when it is imported.
"""

import re
from html import unescape
from xml.etree.ElementTree import Element, fromstring  # nosec B405

from qader_sse.question_markup import BadMarkup, rendered

_FORMULA = re.compile(r"(<math .*?</math>)", re.DOTALL)
# fmt: off
_COMMANDS = {
    "×": r"\times ", "÷": r"\div ", "·": r"\cdot ", "⋅": r"\cdot ", "±": r"\pm ", "−": "-",
    "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "<": r"\lt ", ">": r"\gt ", "≈": r"\approx ",
    "π": r"\pi ", "∘": r"\circ ", "∠": r"\angle ", "△": r"\triangle ", "∞": r"\infty ",
    "…": r"\ldots ", "%": r"\%", "$": r"\$", "{": r"\{", "}": r"\}",
}
# fmt: on


def source(markup: str) -> str:
    """Return the marked-up text that gives this markup. Raises BadMarkup if none is found."""
    parts = _FORMULA.split(markup)
    parts[::2] = [unescape(part).replace("$", r"\$") for part in parts[::2]]
    parts[1::2] = [f"${_formula(part)}$" for part in parts[1::2]]
    written = "".join(parts)
    if rendered(written) != markup:
        raise BadMarkup(f"no TeX was found that gives {markup!r} again")
    return written


def _formula(mathml: str) -> str:
    root = fromstring(mathml)  # noqa: S314 # nosec B314  # the import has made it
    return "".join(map(_written, root)).strip()


def _written(node: Element) -> str:
    inside = [_written(child) for child in node]
    match node.tag:
        case "mfrac":
            return rf"\frac{{{inside[0].strip()}}}{{{inside[1].strip()}}}"
        case "msqrt":
            return rf"\sqrt{{{''.join(inside).strip()}}}"
        case "mroot":
            return rf"\sqrt[{inside[1].strip()}]{{{inside[0].strip()}}}"
        case "msup":
            return f"{inside[0]}^{{{inside[1].strip()}}}"
        case "msub":
            return f"{inside[0]}_{{{inside[1].strip()}}}"
        case "msubsup":
            return f"{inside[0]}_{{{inside[1].strip()}}}^{{{inside[2].strip()}}}"
        case "mtext":
            return rf"\text{{{node.text or ''}}}"
        case "mrow":
            return _row(node, inside)
        case _:
            return _COMMANDS.get(node.text or "", node.text or "")


def _row(node: Element, inside: list[str]) -> str:
    """Write what stands together: between brackets that grow with it, or in braces."""
    if len(node) > 1 and _is_growing(node[0]) and _is_growing(node[-1]):
        return rf"\left{inside[0]}{''.join(inside[1:-1])}\right{inside[-1]}"
    return f"{{{''.join(inside)}}}"


def _is_growing(node: Element) -> bool:
    return node.tag == "mo" and (node.text or "") in "()[]|{}" and node.get("stretchy") is None
