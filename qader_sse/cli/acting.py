"""Who runs a command: every command that changes something tells it to its use case."""

import os
import pwd
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from qader_sse.domain.acts import MAX_NAME, Act
from qader_sse.service import service


def acting(command: Callable[..., object]) -> Callable[..., object]:
    """Give a command the option `--as`, and its function the `act` that the audit log records."""

    @click.option(
        "--as",
        "operator",
        metavar="NAME",
        callback=_checked,
        help="Whom the audit log names beside the OS user (OPERATOR).",
    )
    @wraps(command)
    def run(*given: Any, operator: str | None, **named: Any) -> object:
        context = click.get_current_context()
        group = context.parent.info_name if context.parent and context.parent.parent else ""
        return command(*given, act=act(f"{group} {context.info_name}".strip(), operator), **named)

    return run


def act(action: str, operator: str | None = None) -> Act:
    """Return the act of whoever runs this process, now."""
    found = service()
    return Act(action, _os_user(), operator or found.settings.operator or None, found.clock())


def _os_user() -> str:
    """Return the operating system's name for the owner of this process, not what they may set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container
        return f"uid {os.getuid()}"


def _checked(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    if name is not None and len(name) > MAX_NAME:
        raise click.BadParameter(f"a name has at most {MAX_NAME} characters.")
    return name
