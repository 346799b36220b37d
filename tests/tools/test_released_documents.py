"""What stands in the way of a change that breaks clients: its version, and a word about it."""

import json
from pathlib import Path

import pytest
from flask import Flask

from qader_sse.version import VERSION
from tools import released_documents
from tools.served_documents import DOCUMENTS


@pytest.fixture
def released(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the documents of now, as released."""
    folder = tmp_path / "released"
    folder.mkdir()
    for name, path in DOCUMENTS.items():
        document = app.test_client().get(path).get_json()
        (folder / name).write_text(json.dumps(released_documents.comparable(document)))
    monkeypatch.setattr(released_documents, "RELEASED", folder)
    return folder


@pytest.fixture
def changed(released: Path, tmp_path: Path) -> Path:
    """A folder with documents in which one address less is described."""
    folder = tmp_path / "changed"
    folder.mkdir()
    for name in DOCUMENTS:
        document = json.loads((released / name).read_text())
        document.get("paths", {}).pop("/api/v1/auth/ticket/", None)
        (folder / name).write_text(json.dumps(document))
    return folder


def test_unchanged_documents_are_no_finding(
    released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert released_documents.report(released) == 0
    assert capsys.readouterr().out == ""


def test_a_change_that_breaks_clients_is_said_with_what_to_do(
    changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert released_documents.report(changed) == 1
    said = capsys.readouterr().out
    assert said.startswith("openapi.json: POST /api/v1/auth/ticket/ is gone\n")
    for step in ("qader_sse/version.py", "CHANGELOG.md", "make release-documents"):
        assert step in said


def test_the_released_documents_are_replaced_only_by_those_of_another_version(
    changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = released_documents.breaking_changes(changed)
    assert f"Version {VERSION} is released" in str(released_documents.why_not_to_release(found))
    monkeypatch.setattr(released_documents, "VERSION", "99.0.0")
    assert "no heading for version 99.0.0" in str(released_documents.why_not_to_release(found))
    assert released_documents.why_not_to_release([]) is None


def test_examples_and_the_server_that_was_asked_are_not_compared(released: Path) -> None:
    for name in DOCUMENTS:
        assert '"example' not in (released / name).read_text()
    servers = json.loads((released / "asyncapi.json").read_text())["servers"]
    assert {server["host"] for server in servers.values()} == {"localhost"}
