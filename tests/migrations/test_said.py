"""What `db upgrade` and its like say: whether they did anything, and what."""

import re

from flask import Flask
from flask_migrate import downgrade

from cluster.process import ROOT


def said(app: Flask, *arguments: str) -> list[str]:
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    return result.stderr.splitlines()


def test_an_upgrade_says_each_step_and_the_next_one_that_there_was_none(app: Flask) -> None:
    with app.app_context():
        downgrade(revision="0022")
    first, *steps, all_of_them = said(app, "db", "upgrade")
    assert re.fullmatch(r"0022 -> 0023 \(\d+\.\d s\): formulas of questions, marked up", first)
    found = re.fullmatch(r"The database was at 0022, and is at (\d{4}): (\d+) steps\.", all_of_them)
    assert found
    head, count = found.groups()
    assert len(steps) == int(count) - 1 > 0
    assert f"-> {head} (" in steps[-1]
    assert said(app, "db", "upgrade") == [f"The database is at {head}: nothing to do."]
    assert said(app, "db", "current") == []


def test_a_step_down_says_so_too(app: Flask) -> None:
    said(app, "db", "downgrade", "0024")
    step, all_of_them = said(app, "db", "downgrade")
    assert step.startswith("0024 -> 0023 (")
    assert all_of_them == "The database was at 0024, and is at 0023: 1 step."


def test_set_up_says_only_what_is_not_as_always(app: Flask) -> None:
    """`make run` calls it at each start: where nothing was to do, and on a new database."""
    assert said(app, "set-up") == ["demo accounts: 0 created, 2 there"]
    with app.app_context():
        downgrade(revision="0024")
    assert said(app, "set-up")[0].startswith("0024 -> 0025 (")


def test_the_changelog_says_for_each_version_what_operators_do() -> None:
    sections = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)[1:]
    versions = {section.partition("\n")[0]: section for section in sections}
    assert "Unreleased" in versions
    first = list(versions)[-1]
    lacking = [name for name, section in versions.items() if "\n### Upgrading" not in section]
    assert lacking in ([], [first])  # before the first version there was none
