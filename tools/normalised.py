"""Messages without what differs from one duel to the next: ids, moments, names, the order of the draw."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# Which kind of thing has its id under this key.
_IDS = {
    "challenge_id": "challenge",
    "question_id": "question",
    "user_id": "person",
    "userId": "person",
}
# A key by which a thing is told from others, and so what its `id` is one of.
_KINDS = {
    "challenge_type": "challenge",
    "question_text": "question",
    "is_ready": "attempt",
    "username": "person",
}
# Objects with more fields than these are shown field by field.
_SHORT = 6
_LONGEST_LINE = 110


class Normaliser:
    """Numbers what it meets in the order of the meetings; `names` gives people other usernames."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._numbers: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def number(self, kind: str, found: int) -> int:
        numbers = self._numbers[kind]
        return numbers.setdefault(found, len(numbers) + 1)

    def text(self, raw: str) -> str:
        """Return a message's JSON. Raises ValueError if it is not written in the usual way."""
        parsed = json.loads(raw)
        if compact(parsed) != raw:
            raise ValueError(f"not the JSON that is expected: {raw[:200]}")
        return compact(self.value(parsed))

    def value(self, part: Any) -> Any:
        if isinstance(part, list):
            found = [self.value(inner) for inner in part]
            return sorted(found, key=_place) if found and _is_question(found[0]) else found
        if isinstance(part, dict):
            return {name: self._field(part, name, inner) for name, inner in part.items()}
        if isinstance(part, str):
            return self._names.get(part, _MOMENT.sub("<time>", part))
        return part

    def _field(self, whole: dict[str, Any], name: str, value: Any) -> Any:
        kind = _IDS.get(name)
        if name == "id":
            kind = next((kind for key, kind in _KINDS.items() if key in whole), None)
        if kind is not None and isinstance(value, int):
            return self.number(kind, value)
        if name == "question_text":
            return f"Question {self.number('question', whole['id'])}"
        return self.value(value)


def compact(value: Any) -> str:
    """Return JSON as the service writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def differences(before: Any, after: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the place and the new value of everything that differs; lists of many things as a whole."""
    if before == after and compact(before) == compact(after):
        return
    if isinstance(before, dict) and isinstance(after, dict) and list(before) == list(after):
        for name in after:
            yield from differences(before[name], after[name], f"{place}.{name}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after) == 2:
        for index in (0, 1):
            yield from differences(before[index], after[index], f"{place}.{index}")
    else:
        yield place, after


def shown(place: str, value: Any) -> Iterator[str]:
    """Yield the lines that show a value: of a list, how each item differs from an earlier one."""
    if isinstance(value, list) and len(value) > 1 and isinstance(value[0], dict):
        yield from shown(f"{place}.0", value[0])
        for index, item in enumerate(value[1:], 1):
            like = most_like(value[:index], item) or 0
            yield from compared(f"{place}.{index}: as {place}.{like}", value[like], item)
    elif isinstance(value, dict) and len(value) > _SHORT:
        for name, inner in value.items():
            yield from shown(f"{place}.{name}".lstrip("."), inner)
    else:
        yield f"{place}: {compact(value)}" if place else compact(value)


def compared(title: str, before: Any, after: Any) -> Iterator[str]:
    """Yield the lines that show what differs, or a single line if that is enough."""
    lines = [line for place, value in differences(before, after) for line in shown(place, value)]
    in_one = f"{title}, but {', '.join(lines)}"
    if not lines:
        yield title
    elif len(in_one) <= _LONGEST_LINE:
        yield in_one
    else:
        yield f"{title}, but"
        yield from (f"  {line}" for line in lines)


def most_like(earlier: Sequence[Any], value: Any) -> int | None:
    """Return the index of the value with the same fields that differs least from one, if any."""
    counts = [
        (len(list(differences(found, value))), -index)
        for index, found in enumerate(earlier)
        if list(found) == list(value)
    ]
    return -min(counts)[1] if counts else None


def _is_question(part: Any) -> bool:
    return isinstance(part, dict) and "question_text" in part


def _place(question: Any) -> int:
    place: int = question["id"]
    return place
