"""docs/doctor.md names every fault, and no other."""

import ast
import re

from qader_sse.installation import ROOT

PAGE = ROOT / "docs/doctor.md"


def faults_in_the_code() -> set[str]:
    calls = (
        node
        for path in (ROOT / "qader_sse/doctor").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    names = [
        ast.literal_eval(call.args[0])
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Finding"
    ]
    return set(names)


def test_the_page_names_every_fault_and_no_other() -> None:
    _, _, table = PAGE.read_text().partition("## What it finds")
    rows = re.findall(r"^\| (`[a-z0-9_`, ]+`) \|", table, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"[a-z0-9_]+", row)}
    assert named == faults_in_the_code()
