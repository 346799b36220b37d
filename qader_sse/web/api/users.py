"""Who else is there."""

from datetime import timedelta

from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain.events import simple_user
from qader_sse.service import service
from qader_sse.store import accounts
from qader_sse.web.api.schemas import ErrorResponse, OnlinePage, OnlineResponse
from qader_sse.web.request_guards import viewer

bp = APIBlueprint("users", __name__, url_prefix="/api/v1")

_MOST_NAMED = 100


@bp.get(
    "/users/online/",
    responses={"200": OnlineResponse, "401": ErrorResponse, "503": ErrorResponse},
)
def online() -> OnlinePage:
    """Tell who else is there now: how many, and up to a hundred by name."""
    hub, own_id = service().hub, viewer().user_id
    hub.note_poll(own_id)
    since = service().clock() - timedelta(seconds=service().settings.seeker_away_seconds)
    others = (hub.online_user_ids() | service().maintenance.online_elsewhere(since)) - {own_id}
    # Of thousands, another hundred for each viewer, and the same ones for as long as they stay.
    named = sorted(others, key=lambda user_id: hash((own_id, user_id)))[:_MOST_NAMED]
    with service().database.autocommit() as connection:
        players = accounts.players(connection, named)
    return {"count": len(others), "results": [simple_user(player) for player in players]}
