"""Files that commands write: new ones, which nobody else may read."""

from pathlib import Path

import click

from qader_sse import private_files

NEW_FILE = click.Path(dir_okay=False, path_type=Path)


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet: what is there may be somebody's only copy."""
    try:
        with private_files.open_new(path) as opened:
            opened.write(f"{text}\n")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
