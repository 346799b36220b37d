"""The commands of `flask --app wsgi …`, for operators and tests."""

from flask import Flask

from qader_sse.cli.audit import audit
from qader_sse.cli.backup import backup
from qader_sse.cli.challenges import challenges
from qader_sse.cli.doctor import doctor
from qader_sse.cli.explain import explain
from qader_sse.cli.limits import limits
from qader_sse.cli.questions import questions
from qader_sse.cli.sessions import sessions
from qader_sse.cli.set_up import set_up
from qader_sse.cli.settings import settings
from qader_sse.cli.streams import tail, who
from qader_sse.cli.upkeep import reset_streams, sweep
from qader_sse.cli.users import users


def register(app: Flask) -> None:
    groups = (challenges, limits, questions, sessions, users)
    streams = (explain, tail, who)
    others = (audit, backup, doctor, set_up, settings, reset_streams, sweep)
    for command in (*groups, *streams, *others):
        app.cli.add_command(command)
