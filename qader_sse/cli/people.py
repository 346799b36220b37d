"""How commands take people and challenges, and speak of those that are not there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from qader_sse.cli.output import cell
from qader_sse.domain.violations import ChallengeNotFound, UnknownPlayer

# Longer numbers are in no table.
_NUMBER = re.compile("[0-9]{1,18}")


class ChallengeId(click.ParamType[int]):
    """The id of a challenge. What cannot be one is a challenge that is not there."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        with challenge_of(text):
            if not _NUMBER.fullmatch(text):
                raise ChallengeNotFound
        return int(text)


@contextmanager
def account_of(name: str) -> Iterator[None]:
    """Contains what is done with the account of this name; ends the command if there is none."""
    try:
        yield
    except UnknownPlayer:
        raise click.ClickException(f"There is no account named {cell(name)}.") from None


@contextmanager
def challenge_of(number: object) -> Iterator[None]:
    """Contains what is done with the challenge of this id; ends the command if there is none."""
    try:
        yield
    except ChallengeNotFound:
        raise click.ClickException(f"There is no challenge {cell(number)}.") from None
