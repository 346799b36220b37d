"""`flask --app wsgi settings`: what this process runs with, and where each value comes from."""

import re
from dataclasses import fields

import click
from flask.cli import with_appcontext

from qader_sse.cli.output import Report, ReportCommand, table
from qader_sse.config import Settings
from qader_sse.service import service

_MASK = "•••"
_SECRETS = re.compile(r"_(key|password|secret|token)$")
# The passwords of addresses: what stands before the @, and in a query.
_USER = re.compile(r"(://[^:/@]*):.*@")
_QUERY = re.compile(r"([?&][^=&]*(?:password|secret|token)[^=&]*=)[^&]*", re.IGNORECASE)


class _Settings(ReportCommand):
    needs_no_database = True


@click.command("settings", cls=_Settings)
@with_appcontext
@click.argument("text", default="")
@click.option("--changed", is_flag=True, help="Only what is not a default.")
def settings(text: str, changed: bool) -> Report:
    """List the settings with TEXT in their names: each value, and where it comes from.

    What is set for another process, as in a unit of systemd, is not seen here: run this command with
    the same environment.
    """
    origins, values = Settings.origins(), service().settings
    found = [
        {
            "setting": f.name.upper(),
            "value": _masked(f.name, getattr(values, f.name)),
            "origin": origins[f.name],
        }
        for f in sorted(fields(Settings), key=lambda f: f.name)
        if text.upper() in f.name.upper() and not (changed and origins[f.name] == "default")
    ]
    rows = ((one["setting"], _written(one["value"]), one["origin"]) for one in found)
    lines = table(("setting", "value", "from"), rows) or ["There is no such setting."]
    return Report({"settings": found}, lines)


def _masked(name: str, value: object) -> object:
    if not isinstance(value, str) or not value:
        return value
    if _SECRETS.search(name):
        return _MASK
    return _QUERY.sub(rf"\1{_MASK}", _USER.sub(rf"\1:{_MASK}@", value))


def _written(value: object) -> str:
    """Return a value as the environment has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "-"
    return f"{value:g}" if isinstance(value, float) else str(value) or "-"
