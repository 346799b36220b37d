"""The endpoint that issues stream tickets."""

from flask_openapi3.blueprint import APIBlueprint

from qader_sse.service import service
from qader_sse.use_cases.stream_tickets import LIFETIME_SECONDS
from qader_sse.web.api.account_schemas import IssuedTicket, StreamName, TicketResponse
from qader_sse.web.authentication import signed_in
from qader_sse.web.openapi_models import ErrorResponse
from qader_sse.web.tickets import named_stream

bp = APIBlueprint("tickets", __name__, url_prefix="/api/v1/auth")


@bp.post("/ticket/", responses={"200": TicketResponse, "400": ErrorResponse, "401": ErrorResponse})
def issue_ticket(body: StreamName) -> IssuedTicket:
    """Return a ticket that opens this stream once, within half a minute, as `?ticket=…`."""
    ticket = service().stream_tickets.issue(
        signed_in().session_id, named_stream(body.stream), service().clock()
    )
    return {"ticket": ticket, "expires_in": LIFETIME_SECONDS}
