"""Files that commands write: new ones, which nobody else may read."""

import os
from pathlib import Path

import click

NEW_FILE = click.Path(dir_okay=False, path_type=Path)


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet: what is there may be somebody's only copy."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with open(descriptor, "w", encoding="utf-8") as opened:
            opened.write(f"{text}\n")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
