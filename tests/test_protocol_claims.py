"""Every claim of docs/protocol.md has a number, and a test that names it; its endpoints are all.

A test names what it holds with `@pytest.mark.claim("S5")`, or `("S5 S6")`.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from flask import Flask

from qader_sse.installation import ROOT

PROTOCOL = (ROOT / "docs" / "protocol.md").read_text()
NUMBER = re.compile(r"\*\*([A-Z])([0-9]+)\*\*")
# In plain letters a claim refers to another one.
REFERENCE = re.compile(r"(?<![\w*`])([A-Z][0-9]{1,2})(?![\w*`])")
# What may stand in the document without a number: prose before the claims, and what belongs to one.
CLAIMED_SECTIONS = ("Messages", "Several topics on one connection", "WebSockets", "Polling", "REST")
ENDPOINT = re.compile(r"^\| `(GET|POST|PATCH|DELETE|WS) (\S+)` \|", re.MULTILINE)
PUBLIC = ("/api/", "/sse/", "/ws/")


def claims() -> list[str]:
    return [letter + number for letter, number in NUMBER.findall(PROTOCOL)]


def named_by(source: str) -> Iterator[str]:
    """Yield the claims that the tests in a file name, by decorators of test functions alone."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.claim":
                    for argument in mark.args:
                        yield from ast.literal_eval(argument).split()


def test_each_number_is_given_once_and_none_is_left_out() -> None:
    for letter, found in groupby(claims(), key=lambda claim: claim[0]):
        assert list(found) == [f"{letter}{n}" for n in range(1, claims_of(letter) + 1)]
    assert [claim for claim, count in Counter(claims()).items() if count > 1] == []


def claims_of(letter: str) -> int:
    return sum(claim.startswith(letter) for claim in claims())


def test_each_claim_is_named_by_a_test_and_no_test_names_another() -> None:
    named = {claim for path in files() for claim in named_by(path.read_text())}
    assert sorted(set(claims()) - named) == [], "these claims have no test"
    assert sorted(named - set(claims())) == [], "tests name these, and docs/protocol.md does not"


def files() -> list[Path]:
    return sorted((ROOT / "tests").rglob("test_*.py"))


def test_a_mark_counts_at_a_test_alone() -> None:
    marked = '@pytest.mark.claim("S1", "S2")\ndef {}() -> None: ...\n'
    assert list(named_by(marked.format("test_one"))) == ["S1", "S2"]
    assert list(named_by(marked.format("helper"))) == []
    assert list(named_by('# @pytest.mark.claim("S1")\ndef test_one() -> None: ...\n')) == []


def test_references_are_to_claims_that_exist() -> None:
    found = REFERENCE.findall(NUMBER.sub("", PROTOCOL))
    assert len(found) > 3
    assert set(found) <= set(claims())


@pytest.mark.parametrize("section", CLAIMED_SECTIONS)
def test_each_item_of_a_list_has_a_number(section: str) -> None:
    """A sentence without a number would be one that no test has to hold."""
    text = PROTOCOL.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    items = re.findall(r"^- .*", text, re.MULTILINE)
    assert items
    assert [item for item in items if not NUMBER.match(item.removeprefix("- "))] == []


def test_the_endpoints_are_those_that_are_served(app: Flask) -> None:
    served = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(PUBLIC):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            methods = {"WS"} if rule.websocket else (rule.methods or set()) - {"HEAD", "OPTIONS"}
            served |= {(method, path) for method in methods}
    found = [(method, full(path)) for method, path in ENDPOINT.findall(PROTOCOL)]
    assert len(found) == len(set(found))
    assert set(found) == served


def full(path: str) -> str:
    named = path.replace("…", "/api/v1/challenges/challenges")
    for kind in ("challenges", "sessions"):
        own = "challenge_id" if kind == "challenges" else "session_id"
        named = named.replace(f"{kind}/{{id}}", f"{kind}/{{{own}}}")
    return named
