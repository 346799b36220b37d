"""The Flask extensions; the module that uses one attaches it to the app."""

from flask import Response
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    # Named constraints, so that migrations can drop them on every database.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class SessionLogin(LoginManager):  # type: ignore[misc]  # Flask-Login ships no types
    """Flask-Login without two steps that each request would take for nothing. Both are private to it.

    Whether a session is open depends on its row alone: Flask-Login would end one whose network address
    changes, as a phone's does. And there is no cookie beside the session's that keeps people signed in.
    """

    def _session_protection_failed(self) -> bool:
        return False

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


class Engines(SQLAlchemy):
    """Flask-SQLAlchemy without its session of the ORM, which nothing here opens.

    It would be sought at the end of each request, to be closed. The method is private to it.
    """

    def _teardown_session(self, exc: BaseException | None) -> None:
        return


db = Engines(model_class=Base)
login_manager = SessionLogin()
migrate = Migrate()
