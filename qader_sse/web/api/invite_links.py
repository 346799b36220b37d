"""The endpoints of inviting by link."""

from io import BytesIO
from typing import Annotated

import segno
from flask import url_for
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, RootModel
from typing_extensions import TypedDict

from qader_sse.domain import payloads
from qader_sse.limits.table import INVITES
from qader_sse.service import service
from qader_sse.web.api.challenges import detail_of, note_action
from qader_sse.web.api.idempotency import idempotency_key
from qader_sse.web.api.schemas import (
    CREATION_ERROR_RESPONSES,
    ChallengeTypeKey,
    CreationHeader,
    DetailResponse,
)
from qader_sse.web.arrival import arrived_at
from qader_sse.web.authentication import viewer
from qader_sse.web.openapi_models import ERROR_RESPONSES, Body, ChallengePath

bp = APIBlueprint(
    "invite_links", __name__, url_prefix="/api/v1/challenges", abp_responses=ERROR_RESPONSES
)
bp.before_request(note_action)


class NewLink(Body):
    challenge_type: ChallengeTypeKey


class LinkBody(Body):
    token: str = Field(max_length=100, description="The last part of the link's address.")


class InviteLink(TypedDict):
    token: str
    url: str
    qr_svg: Annotated[str, Field(description="The address as a QR code: an SVG element.")]


class LinkResponse(RootModel[InviteLink]):
    pass


@bp.post("/links/", responses={"201": DetailResponse, **CREATION_ERROR_RESPONSES})
def create_link(body: NewLink, header: CreationHeader) -> tuple[payloads.ChallengeDetail, int]:
    """Invite whoever gets the link, or return the user's open invite by link of this type."""
    user_id = viewer().user_id
    service().shares.spend(INVITES, user_id)
    key = idempotency_key(header.idempotency_key)
    created = service().invite_links.create(user_id, body.challenge_type, service().clock(), key)
    return detail_of(created), 201


@bp.get("/challenges/<int:challenge_id>/link/", responses={"200": LinkResponse})
def get_link(path: ChallengePath) -> InviteLink:
    """Return the link of an invite that has no opponent yet, for its challenger alone."""
    now = service().clock()
    token = service().invite_links.token(path.challenge_id, viewer().user_id, now)
    url = url_for("pages.join", token=token, _external=True)
    return {"token": token, "url": url, "qr_svg": _qr_svg(url)}


@bp.post("/links/accept/", responses={"200": DetailResponse})
def accept_link(body: LinkBody) -> payloads.ChallengeDetail:
    """Accept the invite of a link. The token travels in the body, so that no log has it."""
    at = arrived_at()
    return detail_of(service().invite_links.accept(body.token, viewer().user_id, at))


def _qr_svg(url: str) -> str:
    """Draw an address; the light colour too, because readers need it on a dark page."""
    svg = BytesIO()
    segno.make(url, error="m").save(svg, kind="svg", xmldecl=False, omitsize=True, light="#fff")
    return svg.getvalue().decode()
