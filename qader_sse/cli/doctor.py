"""`flask --app wsgi doctor [URL]`: what is wrong with an installation, and how to mend it."""

import click
from flask import Flask
from flask.cli import with_appcontext

from qader_sse.cli.output import Report, ReportCommand, counted, say
from qader_sse.doctor.examination import LEAST_FREE_BYTES, QUIET_SECONDS, Examination, Options
from qader_sse.doctor.finding import Finding
from qader_sse.doctor.parts import PARTS
from qader_sse.doctor.path.address import BadAddress, parse
from qader_sse.doctor.run import examine
from qader_sse.extensions import db
from qader_sse.flask_context import this_app
from qader_sse.service import service


def _address(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        if value:
            parse(value)
    except BadAddress as mistake:
        raise click.BadParameter(str(mistake)) from None
    return value


@click.command("doctor", cls=ReportCommand)
@with_appcontext
@click.argument("url", default="", callback=_address)
@click.option(
    "--quiet-seconds",
    type=click.FloatRange(0, 500),  # shorter than the canary's session
    default=QUIET_SECONDS,
    show_default=True,
    help="How long streams are watched in which nothing happens; 0: not at all.",
)
@click.option(
    "--least-free-mb",
    type=click.IntRange(0),
    default=LEAST_FREE_BYTES // 1024**2,
    show_default=True,
    help="How much of the database's disk has to be free.",
)
def doctor(url: str, quiet_seconds: float, least_free_mb: int) -> Report:
    """Look for what is wrong here and, through URL, on the way that people's streams take.

    URL is the public address, as https://duels.example. Ends with 1 if anything is found. Run it
    where the service runs, with the same environment.
    """
    options = Options(url, quiet_seconds, least_free_bytes=least_free_mb * 1024**2)
    app = this_app()
    exam = Examination(service(), db.engine, options, lambda token: _cookie(app, token))
    findings = list(examine(exam, PARTS, _begin, _end))
    return Report(_data(findings), _lines(findings), exit_code=1 if findings else 0)


def _cookie(app: Flask, token: str) -> str:
    """Return the cookie of a browser that has signed in to this session."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # cookies are signed
    value: str = signer.dumps({"_user_id": token})
    return f"{app.config['SESSION_COOKIE_NAME']}={value}"


def _begin(part: str, check: str) -> None:
    click.echo(f"{part}: {check} ... ", err=True, nl=False)


def _end(count: int) -> None:
    say(counted(count, "finding") if count else "ok")


def _data(findings: list[Finding]) -> dict[str, object]:
    shown = [{"fault": f.fault, "what": f.what, "mend": f.mend} for f in findings]
    return {"healthy": not shown, "findings": shown}


def _lines(findings: list[Finding]) -> list[str]:
    if not findings:
        return ["Nothing is wrong."]
    blocks = [f"{f.fault}: {f.what}\n  {f.mend}\n" for f in findings]
    return [*blocks, f"{counted(len(findings), 'finding')}."]
