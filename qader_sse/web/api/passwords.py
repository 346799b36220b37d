"""The endpoints by which people change their password, and reset it by an operator's link."""

from flask import request
from flask_openapi3.blueprint import APIBlueprint

from qader_sse.domain import usernames
from qader_sse.domain.i18n import mark, translate
from qader_sse.service import service
from qader_sse.store import accounts
from qader_sse.web.api.account_schemas import (
    PasswordChange,
    PasswordReset,
    SessionsEnded,
    SessionsEndedResponse,
)
from qader_sse.web.api.new_passwords import require_strong
from qader_sse.web.authentication import own_details, signed_in
from qader_sse.web.client_address import client_network
from qader_sse.web.locale import current_locale
from qader_sse.web.openapi_models import ErrorResponse
from qader_sse.web.request_guards import public

bp = APIBlueprint("passwords", __name__, url_prefix="/api/v1/auth/password")


@bp.post("/", responses={"200": SessionsEndedResponse, "429": ErrorResponse})
def change_password(body: PasswordChange) -> SessionsEnded:
    """Change the user's password, and end all of their other sessions."""
    own = own_details()
    require_strong("new_password", body.new_password, own.player.username, own.email)
    network = client_network(request.environ)
    # Guesses at the old password count with those at sign-in.
    with service().sign_ins.attempt(usernames.key(own.player.username), network):
        ended = service().password_changes.change(
            own.player.id,
            signed_in().session_id,
            body.old_password,
            body.new_password,
            service().clock(),
            network,
        )
    text = mark("Your password is changed. You are signed out everywhere else.")
    return {"ended_sessions": ended, "detail": translate(current_locale(), text)}


@bp.post("/reset/", responses={"200": SessionsEndedResponse, "429": ErrorResponse})
@public
def reset_password(body: PasswordReset) -> SessionsEnded:
    """Set a new password by an operator's link, once, and end all sessions of its owner."""
    now = service().clock()
    owner = service().password_changes.owner_of_link(body.token, now).player
    with service().database.autocommit() as connection:
        email = accounts.own_details(connection, owner.id).email
    require_strong("new_password", body.new_password, owner.username, email)
    ended = service().password_changes.reset(
        body.token, body.new_password, now, client_network(request.environ)
    )
    text = mark("Your new password is set. Sign in with it.")
    return {"ended_sessions": ended, "detail": translate(current_locale(), text)}
