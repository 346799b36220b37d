"""The commands of `flask --app wsgi …`, for operators and tests."""

from flask import Flask

from qader_sse.cli.audit import audit
from qader_sse.cli.backup import backup
from qader_sse.cli.challenges import challenges
from qader_sse.cli.doctor import doctor
from qader_sse.cli.questions import questions
from qader_sse.cli.sessions import sessions
from qader_sse.cli.set_up import set_up
from qader_sse.cli.upkeep import reset_streams, sweep
from qader_sse.cli.users import users


def register(app: Flask) -> None:
    for command in (
        audit,
        backup,
        challenges,
        doctor,
        questions,
        sessions,
        users,
        set_up,
        sweep,
        reset_streams,
    ):
        app.cli.add_command(command)
