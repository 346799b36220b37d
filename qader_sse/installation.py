"""Where the files of the service lie, and what its command is called: in a clone, and from a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
# A wheel brings inside the package what stands beside it in a clone; pyproject.toml says what.
_IS_WHEEL = (_PACKAGE / "migrations").is_dir()

# The folder of sample/, gunicorn.conf.py and more.
ROOT = _PACKAGE if _IS_WHEEL else _PACKAGE.parent
MIGRATIONS = str(ROOT / "migrations")  # as Alembic takes it
# The folder of the database and the key where no setting names others. From a wheel it is made where
# the command runs: what lies beside the package is gone with its next version.
INSTANCE = (Path.cwd() if _IS_WHEEL else ROOT) / "instance"
# Before the name of a subcommand, as in `db upgrade`.
COMMAND = "qader-sse" if _IS_WHEEL else "flask --app wsgi"
SERVE = "qader-sse serve" if _IS_WHEEL else ".venv/bin/gunicorn wsgi:app"
