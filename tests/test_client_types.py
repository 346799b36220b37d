"""The types of `clients/js` are those of the published document."""

import pytest

from qader_sse.domain.messages import MESSAGE_TYPES
from qader_sse.web.documents.schemas import message_name
from tools.client_types import TYPES, published, typescript


def test_the_types_of_the_client_are_those_of_the_document() -> None:
    """Otherwise: `make client-types`."""
    assert typescript(published()) == TYPES.read_text()


def test_each_message_is_told_apart_by_its_type() -> None:
    text = TYPES.read_text()
    for message in MESSAGE_TYPES.values():
        _, _, interface = text.partition(f"export interface {message_name(message)} {{\n")
        body, _, _ = interface.partition("\n}\n")
        assert f'  type: "{message.name}";' in body
        assert f"  payload: {message.payload.__name__};" in body


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer", "minimum": 1}, "number"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string | null"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
        ({"enum": ["A", "B"], "type": "string"}, '"A" | "B"'),
        ({"const": 7}, "7"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Skill"}}, "Skill[]"),
        ({"type": "array", "items": {"enum": [1, 2]}}, "(1 | 2)[]"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "Record<string, string>"),
        ({"type": ["string", "null"]}, "string | null"),
    ],
)
def test_each_kind_of_schema_has_a_type(schema: dict[str, object], expected: str) -> None:
    assert f"export type Thing = {expected};\n" in typescript({"Thing": schema})


@pytest.mark.parametrize("schema", [{"not": {"type": "string"}}, {"type": "widget"}, {}])
def test_a_schema_that_is_not_understood_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no type can be made"):
        typescript({"Thing": schema})
