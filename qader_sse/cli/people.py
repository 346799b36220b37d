"""How commands speak of people who are not there."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from qader_sse.cli.output import cell
from qader_sse.domain.violations import UnknownPlayer


@contextmanager
def account_of(name: str) -> Iterator[None]:
    """Contains what is done with the account of this name; ends the command if there is none."""
    try:
        yield
    except UnknownPlayer:
        raise click.ClickException(f"There is no account named {cell(name)}.") from None
