"""The endpoints for users: oneself, who is online, records between two, and whom one has blocked."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain.facts import iso, simple_user, without_names
from qader_sse.service import service
from qader_sse.store import accounts, records
from qader_sse.web.api.account_schemas import DeployedDetails, Me, MeResponse, Preferences
from qader_sse.web.api.schemas import (
    RecordBetween,
    RecordResponse,
    UserPage,
    UserPageResponse,
    UserPath,
)
from qader_sse.web.authentication import own_details, viewer
from qader_sse.web.locale import current_locale
from qader_sse.web.openapi_models import ERROR_RESPONSES

bp = APIBlueprint("users", __name__, url_prefix="/api/v1", abp_responses=ERROR_RESPONSES)

# What deployed front ends read of a user before they show a page, and this service knows nothing
# of: it has no points, no roles and no subscriptions. The values let everybody in.
_UNKNOWN_HERE: DeployedDetails = {
    "role": "student",
    "points": 0,
    "level_determined": True,
    "profile_complete": True,
    "is_staff": False,
    "is_super": False,
    "unread_notifications_count": 0,
    "current_streak_days": 0,
    "referral": None,
    "subscription": {"is_active": True},
}


@bp.get("/users/me/", responses={"200": MeResponse})
def me() -> Me:
    """Return the user who is signed in."""
    return _me()


@bp.patch("/users/me/", responses={"200": MeResponse})
def change_preferences(body: Preferences) -> Me:
    """Change what the user is called and prefers; what is left out stays as it is."""
    changes: dict[str, object] = {}
    if body.listed_online is not None:
        changes["listed_online"] = body.listed_online
    for name in body.model_fields_set & {"full_name", "preferred_name", "grade"}:
        changes[name] = getattr(body, name) or None
    if changes.get("full_name", "") is None:
        changes["full_name"] = own_details().player.username  # as when they registered
    if changes:
        service().accounts.change_profile(viewer().user_id, changes)
    return _me()


@bp.get("/users/online/", responses={"200": UserPageResponse})
def online() -> UserPage:
    """Return how many other users are online, up to a thousand, and up to a hundred of them."""
    own_id = viewer().user_id
    service().hub.note_poll(own_id)
    count, players = service().online_people.seen_by(own_id)
    return {"count": count, "results": [without_names(simple_user(p)) for p in players]}


@bp.get("/users/<string:username>/record/", responses={"200": RecordResponse})
def record(path: UserPath) -> RecordBetween:
    """Return how many duels with another user the caller has won, lost and drawn."""
    with service().database.autocommit() as connection:
        other = accounts.named(connection, path.username)
        found = records.between(connection, viewer().user_id, other.id)
    return {"wins": found.wins, "losses": found.losses, "draws": found.draws}


@bp.get("/users/blocked/", responses={"200": UserPageResponse})
def blocked() -> UserPage:
    """List whom the user has blocked."""
    players = service().blocks.blocked(viewer().user_id)
    return {"count": len(players), "results": [without_names(simple_user(p)) for p in players]}


@bp.post("/users/<string:username>/block/", responses={"204": None})
def block(path: UserPath) -> Response:
    """Block a user: no invites and no matches between the two, of which the other is not told."""
    service().blocks.block(viewer().user_id, path.username, service().clock())
    return Response(status=204)


@bp.delete("/users/<string:username>/block/", responses={"204": None})
def unblock(path: UserPath) -> Response:
    """Undo a block; without one, the same answer."""
    service().blocks.unblock(viewer().user_id, path.username)
    return Response(status=204)


def _me() -> Me:
    own = own_details()
    return {
        **simple_user(own.player),
        "email": own.email,
        "created_at": iso(own.created_at) or "",
        "listed_online": own.listed_online,
        "language_code": current_locale(),
        **_UNKNOWN_HERE,
    }
