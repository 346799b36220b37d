"""The terminal that follows documents: what it carries on, and what it does not let pass."""

import socket
from pathlib import Path

import pytest

from tests.support.examples import Example
from tests.support.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path, {"<a name>": "noura"})


def console(text: str) -> Example:
    return Example("docs/page.md", 1, "console", text)


def test_it_begins_in_an_empty_folder(terminal: Terminal) -> None:
    assert terminal.run("ls -A") == ""


def test_the_folder_and_what_was_exported_go_on(terminal: Terminal) -> None:
    terminal.run("mkdir one\ncd one\nexport WHO='<a name> & co'\nOTHER=gone")
    assert terminal.run('echo "$WHO ${OTHER:-}"; pwd').split("\n")[0] == "noura & co "
    assert terminal.run("pwd").endswith("/empty/one\n")


def test_a_command_that_fails_fails_the_test(terminal: Terminal) -> None:
    with pytest.raises(AssertionError, match="no such thing"):
        terminal.run("echo no such thing | cat\nfalse\necho never")


def test_what_is_typed_is_read(terminal: Terminal) -> None:
    assert terminal.run("read answer; echo $answer", typed="yes\n") == "yes\n"


@pytest.mark.parametrize("command", ["echo <another name>", "echo …"])
def test_a_placeholder_for_which_nobody_puts_anything_is_an_error(
    terminal: Terminal, command: str
) -> None:
    with pytest.raises(ValueError, match="nobody says what to put"):
        terminal.run(command)


def test_what_a_console_shows_is_compared(terminal: Terminal) -> None:
    shown = "$ printf 'one\\ntwo 2 2\\nthree\\n'\none\ntwo …\n$ echo <a name>\n<a name>\n"
    assert terminal.follow(console(shown)) == "noura\n"
    with pytest.raises(AssertionError, match="'four' is not in what follows"):
        terminal.follow(console("$ echo three\nfour\n"))


def test_reading_a_stream_ends_by_itself(terminal: Terminal) -> None:
    """A reader presses Ctrl-C; here nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert terminal.run(f"curl -s -N http://127.0.0.1:{port}/\necho and on") == "and on\n"
