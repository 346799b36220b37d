"""The endpoint for the users who are online."""

from datetime import timedelta

from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain.facts import simple_user, without_names
from qader_sse.service import service
from qader_sse.store import accounts
from qader_sse.web.api.schemas import OnlinePage, OnlineResponse
from qader_sse.web.openapi_models import ErrorResponse
from qader_sse.web.request_guards import viewer

bp = APIBlueprint("users", __name__, url_prefix="/api/v1")

_MAX_NAMED = 100


@bp.get(
    "/users/online/",
    responses={"200": OnlineResponse, "401": ErrorResponse, "503": ErrorResponse},
)
def online() -> OnlinePage:
    """Return how many other users are online, and up to a hundred of them."""
    hub, own_id = service().hub, viewer().user_id
    hub.note_poll(own_id)
    since = service().clock() - timedelta(seconds=service().settings.seeker_away_seconds)
    others = (hub.online_user_ids() | service().maintenance.online_elsewhere(since)) - {own_id}
    # Of thousands of users each viewer gets a different hundred, always the same while they stay.
    named = sorted(others, key=lambda user_id: hash((own_id, user_id)))[:_MAX_NAMED]
    with service().database.autocommit() as connection:
        players = accounts.players(connection, named)
    return {"count": len(others), "results": [without_names(simple_user(p)) for p in players]}
