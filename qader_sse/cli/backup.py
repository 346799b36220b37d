"""`flask --app wsgi backup`: what is needed to go on elsewhere, in a folder of its own."""

import shutil
import sqlite3
from pathlib import Path

import click
from flask.cli import with_appcontext

from qader_sse import private_files
from qader_sse.cli.output import Report, ReportCommand, counted
from qader_sse.extensions import db
from qader_sse.service import service
from qader_sse.store import sqlite_backup
from qader_sse.store.dialect import is_sqlite

# As `instance` has them, so that a backup can take its place.
_DATABASE = "qader.sqlite3"
_SECRET_KEY = "secret_key"  # noqa: S105  # nosec B105  # the name of a file


@click.command("backup", cls=ReportCommand)
@click.argument("folder", type=click.Path(path_type=Path))
@with_appcontext
def backup(folder: Path) -> Report:
    """Copy the SQLite database in use and the secret key into FOLDER, which is created.

    FOLDER appears when it is complete. docs/backup.md says how to go on with it, and how to back up
    PostgreSQL.
    """
    database = _database()
    if folder.exists():
        raise click.ClickException(
            f"{folder} exists. Name a folder that does not, for this backup."
        )
    draft = folder.with_name(f"{folder.name}.incomplete")
    try:
        draft.mkdir(mode=0o700, parents=True)
        for name in (_DATABASE, _SECRET_KEY):
            private_files.create(draft / name)
        sqlite_backup.copy(database, draft / _DATABASE)
        (draft / _SECRET_KEY).write_text(service().settings.secret_key)
        draft.rename(folder)
    except FileExistsError:
        raise click.ClickException(
            f"{draft} is of a backup that was broken off, or still runs. Remove it, and try again."
        ) from None
    except (OSError, sqlite3.Error, sqlite_backup.DamagedCopy) as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise click.ClickException(f"There is no backup: {error}.") from None
    size = (folder / _DATABASE).stat().st_size
    images = service().question_bank.images_of_this_host()
    lines = [f"{folder}: {_DATABASE} ({size / 1e6:.1f} MB, checked) and {_SECRET_KEY}"]
    if images:
        lines.append(
            f"Not in it: {counted(images, 'image')} of questions, which this host serves at paths of"
            " its own. Back their files up, too."
        )
    return Report({"folder": str(folder), "bytes": size, "images_elsewhere": images}, lines)


def _database() -> Path:
    # Not by the address, whose path may be relative: to the folder of the instance, not to this one.
    engine = db.engine
    if not is_sqlite(engine):
        raise click.ClickException(
            "DATABASE_URL is PostgreSQL, which has tools of its own: docs/backup.md has the commands."
        )
    path = Path(engine.url.database or ":memory:")
    if not path.is_file():
        raise click.ClickException(f"DATABASE_URL: there is no file {path}.")
    return path
