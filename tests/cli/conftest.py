"""Runs the commands of `flask --app wsgi`, as people and as programs do."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

Run = Callable[..., str]
Ask = Callable[..., Any]


def runner(app: Flask) -> Run:
    def run(*arguments: str, exit_code: int = 0, typed: str | None = None) -> str:
        result = app.test_cli_runner().invoke(args=arguments, input=typed)
        assert result.exit_code == exit_code, result.output
        return result.stderr if exit_code else result.stdout

    return run


@pytest.fixture
def run(app: Flask) -> Run:
    """Return a function that runs a command, checks its exit code, and returns what it said."""
    return runner(app)


@pytest.fixture
def ask(run: Run) -> Ask:
    """Return a function that runs a command with `--json` and returns its answer."""
    return lambda *arguments: json.loads(run(*arguments, "--json"))
