"""Every example in the documents is run or held to what is published; those that need a server, in e2e.

An example that no test knows fails here: say what it is, and have it run.
"""

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator

from qader_sse import question_files
from qader_sse.config import Settings
from qader_sse.installation import ROOT
from tests.support.examples import Example, documents, examples, objects

# What these documents hold is held to what it comes from: by tests of their own, or because a
# program writes the whole of it.
HELD_ELSEWHERE = {
    "CONTRIBUTING.md diff": "tests/test_contributing.py",
    "docs/administration.md": "tests/cli/test_administration_page.py",
    "docs/architecture.md": "tests/test_architecture.py",
    "docs/clients.md": "interop/page.py",
    "docs/crowding.md": "bench/crowding",
    "docs/doctor.md": "tests/doctor/test_path.py",
    "docs/explain.md": "tests/test_explain_document.py",
    "docs/integration-guide.md": "tests/test_integration_guide.py",
    "docs/migrating-from-channels.md": "tests/test_integration_guide.py",
    "docs/reliability.md": "chaos/report.py",
    "docs/scaling.md": "tests/test_scaling.py",
}
# Pictures, tables and what other programs read, by their first words.
UNRUN = {
    *(" POST …", "answers a second", "quantitative.json:", "pool_mode =", "code,section,"),
    "ACL SETUSER qader ",  # tests/doctor/test_redis_rights.py
    "CREATE ROLE qader_2 ",  # tests/deploy/test_incidents.py
}
RUN = {"frames", "js", "json", "log", "python", "settings"}
COMMANDS = {"shell", "console"}
# What runs the commands of a document. Those that developers run for minutes or hours are not
# run here: each target of make exists, and so does each module, with its options.
COMMANDS_RUN_BY = {
    "README.md": "tests/e2e/test_word_for_word.py",
    "docs/operations.md": "tests/e2e/test_word_for_word.py",
    "docs/upgrading.md": "tests/e2e/test_word_for_word.py",
    "docs/backup.md": "tests/e2e/test_backup.py",
    "docs/protocol.md": "tests/e2e/test_examples.py",
    "clients/python/README.md": "tests/test_python_client.py",
    "CONTRIBUTING.md": "tests/test_examples.py",
    "docs/performance.md": "tests/test_examples.py",
}
MOST_NOT_RUN = 3
API_DOCUMENTS = ("README.md", "docs/protocol.md", "clients/python/README.md")
ENDPOINT = re.compile(r"^\| `(POST|PATCH) (\S+)` \|(?: `(\{.*?\})`)? \|", re.MULTILINE)


def is_held_elsewhere(example: Example) -> bool:
    by = {example.document, f"{example.document} {example.kind}"} & HELD_ELSEWHERE.keys()
    return any((ROOT / HELD_ELSEWHERE[name]).exists() for name in by)


def ids(value: object) -> str:
    return str(value)


@pytest.mark.parametrize("example", examples(), ids=ids)
def test_every_example_is_of_a_kind_that_some_test_runs(example: Example) -> None:
    unrun = any(example.text.startswith(words) for words in UNRUN)
    is_react = example.document == "clients/js/README.md" and example.kind == "diff"
    is_run = example.kind in RUN or (example.kind in COMMANDS and is_run_by_a_test(example))
    assert is_run or unrun or is_react or is_held_elsewhere(example), example.text


def is_run_by_a_test(example: Example) -> bool:
    test = COMMANDS_RUN_BY.get(example.document)
    return bool(test and example.document in (ROOT / test).read_text())


def test_few_commands_cannot_be_run_here() -> None:
    assert len([example for example in examples() if example.why_not_run]) <= MOST_NOT_RUN


SETTINGS = [*examples("settings"), *(e for e in examples("shell") if "export " in e.text)]


@pytest.mark.parametrize("example", SETTINGS, ids=ids)
def test_settings_exist_and_take_these_values(example: Example) -> None:
    given = dict(re.findall(r"\b([A-Z][A-Z_]+)=(<.*?>|\$\(.*?\)|\S+)", example.text))
    assert given
    of_gunicorn = (ROOT / "gunicorn.conf.py").read_text()
    unknown = [name for name in given if name.lower() not in Settings.__dataclass_fields__]
    assert [name for name in unknown if not re.search(rf"\b{name}\b", of_gunicorn)] == []
    values = {name: re.sub(r"…|<.*>|\$\(.*\)", "x" * 40, value) for name, value in given.items()}
    Settings.from_env(
        {"DATABASE_URL": "postgresql://x", "SECRET_KEY": "a-key-for-tests-only"} | values
    )


def commands() -> Iterator[tuple[str, str]]:
    for path in documents():
        for found in re.findall(r"flask --app wsgi [^`\n]+", path.read_text()):
            yield path.name, found


@pytest.mark.parametrize(("document", "line"), sorted(set(commands())))
def test_each_command_of_flask_exists_with_its_options(
    app: Flask, document: str, line: str
) -> None:
    command: click.Command = app.cli
    rest = line.removeprefix("flask --app wsgi ").split()
    while rest and isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= options


def test_each_target_of_make_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = {
        target
        for path in documents()
        for target in re.findall(
            r"(?:`|^    )make ([a-z.][\w./-]*)", path.read_text(), re.MULTILINE
        )
    }
    assert len(named) > 15
    missing = [name for name in named if not re.search(rf"^{re.escape(name)}:", makefile, re.M)]
    assert missing == []


def test_each_module_that_is_run_exists_and_knows_its_options() -> None:
    found = set()
    for path in documents():
        for module, options in re.findall(r"python -m ([\w.]+)([^`\n]*)", path.read_text()):
            if (ROOT / module.partition(".")[0]).is_dir():
                assert find_spec(module), f"{path.name}: python -m {module}"
                text = "".join(
                    p.read_text() for p in (ROOT / module.partition(".")[0]).glob("*.py")
                )
                found |= {module}
                for option in re.findall(r"--[a-z-]+", options):
                    assert f'"{option}"' in text, f"{path.name}: python -m {module} {option}"
    assert len(found) > 3


def test_the_question_files_can_be_imported(tmp_path: Path) -> None:
    (example,) = examples("json", "docs/questions.md")
    table = next(e for e in examples("", "docs/questions.md") if e.text.startswith("code,"))
    whole = example.text.replace('"A": "…", "B": "…", "C": "…", "D": "…"', letters())
    (tmp_path / "questions.json").write_text(whole)
    rows = question_files.read(tmp_path / "questions.json").questions
    cells = "x-01,verbal,analogy,part-whole,2,ب,ا,ب,ت,ث,C,تلميح,شرح,حل,"
    (tmp_path / "questions.csv").write_text(f"{table.text}{cells}\n")
    rows_of_table = question_files.read(tmp_path / "questions.csv").questions
    assert (len(rows), len(rows_of_table)) == (2, 1)


def letters() -> str:
    return ", ".join(f'"{letter}": "{letter}"' for letter in "ABCD")


@pytest.fixture
def published(app: Flask) -> list[dict[str, Any]]:
    """Every schema of an object in both published documents, each with what it refers to."""
    client: FlaskClient = app.test_client()
    found: list[dict[str, Any]] = []
    for address in ("/openapi/openapi.json", "/asyncapi.json"):
        document = client.get(address).get_json()
        found += [s | {"components": document["components"]} for s in schemas_in(document)]
    return found


def schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, list):
        for inner in part:
            yield from schemas_in(inner)
    elif isinstance(part, dict):
        if isinstance(part.get("properties"), dict) and "type" in part:
            yield part
        for inner in part.values():
            yield from schemas_in(inner)


@pytest.mark.parametrize("document", API_DOCUMENTS)
def test_objects_are_as_a_published_schema_has_them(
    published: list[dict[str, Any]], document: str
) -> None:
    for example in (found for found in objects(document) if found.text != "{}"):
        names = top_names(example.text)
        fitting = [schema for schema in published if names <= set(schema["properties"])]
        assert fitting or names == {"<field>"}, f"{example}: {example.text}"
        if (content := parsed(example.text)) is not None and "…" not in example.text:
            assert any(Draft202012Validator(s).is_valid(content) for s in fitting), example.text


def top_names(text: str) -> set[str]:
    inner = re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]", "", text[1:-1].replace("SimpleUser", ""))
    inner = re.sub(r"\{[^{}]*\}|\[[^\[\]]*\]", "", inner)
    return {part.partition(":")[0].strip(' "?') for part in inner.split(",")}


def parsed(text: str) -> Any:
    """Return the object, or None for one that names only its fields."""
    try:
        return json.loads(text)
    except ValueError:
        return None


@pytest.mark.parametrize("example", examples("frames"), ids=ids)
def test_control_messages_are_as_the_documents_have_them(
    published: list[dict[str, Any]], example: Example
) -> None:
    whole = [line.removeprefix("data: ") for line in example.text.split("\n") if "data: " in line]
    said = [content for line in whole if (content := parsed(line)) is not None]
    assert said
    for content in said:
        if "state" in content:
            fitting = [s for s in published if set(content) <= set(s["properties"])]
            assert any(Draft202012Validator(s).is_valid(content) for s in fitting), content


def test_bodies_have_the_fields_that_are_published(app: Flask) -> None:
    document = app.test_client().get("/openapi/openapi.json").get_json()
    text = (ROOT / "docs" / "protocol.md").read_text()
    rows = ENDPOINT.findall(text)
    assert len(rows) > 12
    for method, path, shown in rows:
        address = path.replace("…", "/api/v1/challenges/challenges")
        pattern = re.sub(r"\\\{\w+\\\}", r"\\{\\w+\\}", re.escape(address))
        (found,) = [p for p in document["paths"] if re.fullmatch(pattern, p)]
        body = document["paths"][found][method.lower()].get("requestBody")
        if body is None:
            assert not shown, f"{method} {path} takes no body"
            continue
        schema = body["content"]["application/json"]["schema"]
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        assert top_names(shown) == set(schema["properties"]), path
        optional = set(re.findall(r"(\w+)\?", shown))
        assert set(schema.get("required", ())) == set(schema["properties"]) - optional, path
