"""Values that are well-formed for the parsers, and odd for those behind them."""

import json
from random import Random

_TEXTS = (
    *("", " ", "0", "-1", "1.5", "1e9", "٣", "²", "null", "true", "[]", "{}", "'", '"', "\\", ";"),
    *("../../etc/passwd", "%00", "%2e%2e%2f", "${7*7}", "{{7*7}}", "' OR 1=1 --", "<script>"),
    *(
        "\x00",
        "\x1b[31m",
        "\u202e",
        "\u200d",
        "\ufeff",
        "\ufdfa",
        "é",
        "e\u0301",
        "ﷺ",
        "𝔞",
        "👨‍👩‍👧",
    ),
    *("سارة", "player1", "PLAYER1", "quick_quant_10", "A", "ABCD", "a" * 300, "ب" * 2_000),
)
_NUMBERS = (0, 1, -1, 2, 7, 255, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**40)
_LITERALS = ("NaN", "Infinity", "-Infinity", "1e999", "-0", "1E400", "0.1e-400", '"\\ud800"', "{}")


def text(chance: Random) -> str:
    if chance.random() < 0.7:
        return chance.choice(_TEXTS)
    return "".join(
        chr(chance.choice((0x30, 0x61, 0x600, 0x2000)) + chance.randrange(60)) for _ in range(8)
    )


def number(chance: Random) -> int:
    return chance.choice(_NUMBERS) if chance.random() < 0.6 else chance.randrange(1, 300)


def json_text(chance: Random, depth: int = 0) -> str:
    """Return a JSON text of any kind, mostly as RFC 8259 has it."""
    kind = chance.randrange(8)
    if kind == 0 or depth > 3:
        return chance.choice((*_LITERALS, "null", "true", "false"))
    if kind == 1:
        return str(number(chance))
    if kind == 2:
        parts = (json_text(chance, depth + 1) for _ in range(chance.randrange(4)))
        return f"[{','.join(parts)}]"
    if kind == 3:
        pairs = (f"{json.dumps(text(chance))}:{json_text(chance, depth + 1)}" for _ in range(3))
        return f"{{{','.join(pairs)}}}"
    if kind == 4 and depth == 0:
        deep = chance.choice((10, 500, 5_000, 30_000))
        return "[" * deep + "]" * deep
    return json.dumps(text(chance), ensure_ascii=chance.random() < 0.5)


def json_object(chance: Random, fields: dict[str, str]) -> str:
    """Return an object of these fields, given as JSON; some odd, missing, doubled or unknown."""
    pairs = []
    for name, usual in fields.items():
        luck = chance.random()
        if luck < 0.55:
            pairs.append((name, usual))
        elif luck < 0.9:
            pairs.append((name, json_text(chance, 1)))
    if chance.random() < 0.15:
        pairs.append((text(chance), json_text(chance, 1)))
    if pairs and chance.random() < 0.1:
        pairs.append(chance.choice(pairs))
    chance.shuffle(pairs)
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in pairs) + "}"
