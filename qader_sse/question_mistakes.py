"""The sentences of the question import for what pydantic finds wrong with a field."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

_SENTENCES = {
    "missing": "this is missing",
    "extra_forbidden": "there is no such field",
    "string_type": "this must be a text",
    "string_unicode": "this has half of a character, which nothing can show",
    "string_too_short": "this is empty",
    "string_too_long": "this has more than {max_length} characters",
    "int_type": "this must be a whole number, in the digits 0 to 9",
    "int_from_float": "this must be a whole number, in the digits 0 to 9",
    "greater_than_equal": "this must be at least {ge}",
    "less_than_equal": "this must be at most {le}",
    "bool_type": "this must be true or false",
    "list_type": "this must be a list",
    "dict_type": "this must be an object",
    "model_type": "this must be an object",
    "literal_error": "write {expected}",
}
# Those are raised by `question_rows.py` and bring their own sentence.
_OWN = ("slug", "invisible_sign", "damaged_letter", "image_address", "markup")


def sentence(found: ErrorDetails) -> str:
    if found["type"] in _OWN:
        return found["msg"]
    fields: Mapping[str, Any] = found.get("ctx", {})
    written = {name: str(value).replace("'", "") for name, value in fields.items()}
    return _SENTENCES.get(found["type"], "this is not valid here").format(**written)


def field(found: ErrorDetails) -> str:
    return ".".join(str(part) for part in found["loc"]) or "the whole row"
