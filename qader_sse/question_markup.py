"""Turns marked-up texts of questions, with TeX between dollar signs, into text with MathML.

The result is a piece of HTML in which only `math` elements stand, and in them only the elements and
attributes that are listed here. It is made once, by the import, and served as it is.
"""

import re
from html import escape, unescape
from unicodedata import normalize
from xml.etree.ElementTree import Element  # nosec B405  # it parses nothing here

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element

_COMMANDS = re.compile(
    r"\\(frac|sqrt|times|div|cdot|pm|le|ge|ne|lt|gt|approx|pi|circ|angle|triangle|text|left|right"
    r"|ldots|infty|[$%{}])"
)
# The elements that those commands make, and how many children each has; None for any number.
_CHILDREN = {
    **dict.fromkeys(("math", "mrow", "msqrt")),
    **dict.fromkeys(("mi", "mn", "mo", "mtext"), 0),
    **dict.fromkeys(("mfrac", "msup", "msub", "mroot"), 2),
    "msubsup": 3,
}
_LONGEST = 300
_DELIMITER = re.compile(r"(?<!\\)\$")
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.?)", re.DOTALL)
_BRACE = re.compile(r"(?<!\\)[{}]")
_COMMENT = re.compile(r"(?<!\\)%")
_ARABIC_LETTER = re.compile(r"[\u0620-\u064a]")
# What the library raises: its own exceptions have no common class, and \text without {} ends a generator.
_REFUSALS: tuple[type[Exception], ...] = (
    *(found for found in vars(exceptions).values() if isinstance(found, type)),
    *(StopIteration, IndexError, RecursionError),
)


class BadMarkup(Exception):
    """A marked-up text has a mistake; the message says where and which."""


def rendered(text: str) -> str:
    """Return a marked-up text with its formulas as MathML. Raises BadMarkup."""
    parts = _DELIMITER.split(text)
    if len(parts) % 2 == 0:
        raise BadMarkup(f"the $ before “{parts[-1][:20]}” has no partner; a dollar itself is \\$")
    for number, formula in enumerate(parts[1::2], 1):
        try:
            parts[2 * number - 1] = _mathml(formula)
        except BadMarkup as mistake:
            raise BadMarkup(f"formula {number}, “{formula}”: {mistake}") from None
    parts[::2] = [escape(part.replace(r"\$", "$"), quote=False) for part in parts[::2]]
    return "".join(parts)


def numbers(text: str) -> str:
    """Return the digits of a text or a marked-up text, in order: both say the same numbers."""
    without_degree_of_root = re.sub(r"\\sqrt\[\d+\]", "", text)
    return " ".join(re.findall(r"\d", normalize("NFKC", without_degree_of_root)))


def _mathml(formula: str) -> str:
    _check(formula)
    try:
        root = convert_to_element(formula)
    except _REFUSALS:
        raise BadMarkup("this is no complete formula") from None
    row = root[0] if root[0].tag == "mrow" else root  # a `math` is a row itself
    content = "".join(map(_written, row))
    direction = "rtl" if _ARABIC_LETTER.search(formula) else "ltr"
    return f'<math dir="{direction}">{content}</math>'


def _check(formula: str) -> None:
    """Refuse what the library would take as it is, such as a command that it does not know."""
    if len(formula) > _LONGEST:
        raise BadMarkup(f"this has more than {_LONGEST} characters")
    for command in _COMMAND.findall(formula):
        if not _COMMANDS.fullmatch(command):
            raise BadMarkup(f"there is no {command} here; docs/questions.md lists what there is")
    if _COMMENT.search(formula):
        raise BadMarkup("TeX leaves out what follows a %; a percent sign itself is \\%")
    depth = 0
    for brace in _BRACE.findall(formula):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            break
    if depth:
        raise BadMarkup("each { needs its }")


def _written(node: Element) -> str:
    tag, children = node.tag, list(node)
    text = unescape(node.text or "")
    wanted = _CHILDREN.get(tag, -1)
    if wanted not in (None, len(children)) or (wanted == 0 and not text):
        raise BadMarkup("this is no complete formula")
    if tag == "mrow" and len(children) == 1:
        return _written(children[0])
    stretchy = ' stretchy="false"' if node.get("stretchy") == "false" else ""
    inside = "".join(map(_written, children)) or escape(text, quote=False)
    return f"<{tag}{stretchy}>{inside}</{tag}>"
