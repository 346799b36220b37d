"""The endpoints for a person's own sessions: they can be listed and ended."""

from flask import Response
from flask_login import logout_user
from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain.facts import iso
from qader_sse.domain.i18n import mark, translate
from qader_sse.service import service
from qader_sse.store import sessions
from qader_sse.store.sessions import OpenSession
from qader_sse.web.api.account_schemas import (
    SessionInfo,
    SessionPath,
    SessionsEnded,
    SessionsEndedResponse,
    SessionsPage,
    SessionsResponse,
)
from qader_sse.web.authentication import signed_in, viewer
from qader_sse.web.locale import current_locale
from qader_sse.web.openapi_models import ErrorResponse

bp = APIBlueprint(
    "sessions",
    __name__,
    url_prefix="/api/v1/auth/sessions",
    abp_responses={"400": ErrorResponse},
)


@bp.get("/", responses={"200": SessionsResponse, "401": ErrorResponse})
def list_sessions() -> SessionsPage:
    """Return where the user is signed in, the newest first, and at most a hundred."""
    with service().database.autocommit() as connection:
        now, oldest = service().clock(), service().oldest_session()
        found = sessions.open_of(connection, viewer().user_id, now, oldest)
    return {"count": len(found), "results": [_info(session) for session in found]}


@bp.delete("/<session_id>/", responses={"204": None, "401": ErrorResponse, "404": ErrorResponse})
def end_session(path: SessionPath) -> Response:
    """End one of the user's sessions, and its streams within a second."""
    service().accounts.end_session(path.session_id, viewer().user_id, service().clock())
    if path.session_id == signed_in().session_id:
        logout_user()
    return Response(status=204)


@bp.post("/end-others/", responses={"200": SessionsEndedResponse, "401": ErrorResponse})
def end_others() -> SessionsEnded:
    """End all of the user's sessions but the one that asks, and their streams within a second."""
    ended = service().accounts.end_other_sessions(
        signed_in().session_id, viewer().user_id, service().clock()
    )
    text = mark("You are signed out everywhere else.")
    return {"ended_sessions": ended, "detail": translate(current_locale(), text)}


def _info(session: OpenSession) -> SessionInfo:
    return {
        "id": session.id,
        "created_at": iso(session.opened_at) or "",
        "device": session.device,
        "is_current": session.id == signed_in().session_id,
    }
