"""The command `qader-sse`, which a wheel installs: `serve`, and the commands of `flask --app wsgi`."""

import os
import sys
from importlib import import_module
from pathlib import Path

import click
from flask import Flask
from flask.cli import FlaskGroup

from qader_sse.installation import ROOT
from qader_sse.version import VERSION

_APP = "qader_sse.wsgi"


class _Group(FlaskGroup):
    """The commands of the service's app, without the options by which Flask chooses another one."""

    def __init__(self) -> None:
        super().__init__(
            help="Serve qader_sse, and look after it. Settings are read from the environment.",
            create_app=_load_app,
            add_default_commands=False,  # `run` would serve without gunicorn's hooks
            add_version_option=False,
            load_dotenv=False,
        )
        self.params.clear()


def _load_app() -> Flask:
    # Only when a command needs it: a bad setting ends the process.
    app: Flask = import_module(_APP).app
    return app


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def serve(options: tuple[str, ...]) -> None:
    """Serve by gunicorn, in the service's own configuration; OPTIONS are gunicorn's.

    This process becomes gunicorn, which then has its signals, and the sockets of systemd.
    """
    # To call gunicorn here would be too late: it patches a worker before the service is imported.
    # pip puts the commands of all packages into one folder; a link may have led to this one.
    gunicorn = Path(sys.argv[0]).resolve().with_name("gunicorn")
    if not gunicorn.is_file():
        raise click.ClickException(
            f"{gunicorn} is missing. Install qader_sse with what it requires, into a virtual"
            " environment of its own."
        )
    configuration = str(ROOT / "gunicorn.conf.py")
    os.execv(gunicorn, [str(gunicorn), "--config", configuration, *options, f"{_APP}:app"])  # noqa: S606  # nosec B606  # without a shell


main = click.version_option(VERSION, prog_name="qader-sse")(_Group())
main.add_command(serve)
