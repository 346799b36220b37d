"""Who sends a request: by the session's cookie, an access token, or a stream's ticket."""

from dataclasses import dataclass
from datetime import datetime

from flask import Request, Response, after_this_request, g, request, session
from flask_login import UserMixin
from werkzeug.exceptions import Unauthorized

from qader_sse.domain.presenters import Viewer
from qader_sse.domain.violations import TicketRefused, UnknownDjangoUser
from qader_sse.extensions import login_manager
from qader_sse.flask_context import current_request
from qader_sse.service import service
from qader_sse.store import accounts, secret_tokens
from qader_sse.store.accounts import OwnDetails
from qader_sse.web import django_tokens, tickets, tokens
from qader_sse.web.access_log import note
from qader_sse.web.devices import device
from qader_sse.web.locale import current_locale

# Set in the environ once somebody has asked who sent a request, and for whom its answer is.
_SENDER = "qader_sse.sender"
_VIEWER = "qader_sse.viewer"


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """The user of a request, and their session: its id, and when it ends by itself."""

    user_id: int
    session_id: str
    ends_at: datetime
    new_token: str = ""  # the session's token, in the request that opens it

    def get_id(self) -> str:
        """Return what Flask-Login puts into the cookie."""
        return self.new_token


def signed_in() -> SignedIn:
    """Return who sent the request. Raises Unauthorized, or what says why that is nobody."""
    found = sender()
    if found is None:
        raise g.get("why_not_signed_in", Unauthorized())
    return found


def sender() -> SignedIn | None:
    """Return who sent the request, None if that is nobody. Raises TicketRefused, and StoreUnavailable.

    A request that signs somebody in was still sent by whoever was signed in before it, or by nobody.
    Views ask this and not Flask-Login's `current_user`, which takes forty calls to come here.
    """
    request = current_request()
    environ = request.environ
    if _SENDER not in environ:
        environ[_SENDER] = _find_sender(request)
    found: SignedIn | None = environ[_SENDER]
    return found


# For `current_user`, which Flask-Login itself reads when somebody signs out.
login_manager.request_loader(lambda _request: sender())


def own_details() -> OwnDetails:
    """Read what the user may see of their own account. Raises StoreUnavailable, and Unauthorized."""
    with service().database.autocommit() as connection:
        return accounts.own_details(connection, signed_in().user_id)


def viewer() -> Viewer:
    environ = current_request().environ
    found: Viewer | None = environ.get(_VIEWER)
    if found is None:
        found = environ[_VIEWER] = Viewer(signed_in().user_id, current_locale())
    return found


def name_viewer() -> None:
    """Add the user's id to the answer, as the header `Viewer-Id`.

    For blueprints whose clients resume at a cursor. A cursor is valid for one user only, and a
    browser may have signed in as another one since.
    """
    if current_request().method == "OPTIONS":
        return  # a preflight has no user
    # The user is read now, because the answer may be a 503 and the database unreachable by then.
    name = str(viewer().user_id)

    @after_this_request
    def add(response: Response) -> Response:
        response.headers.add("Viewer-Id", name)
        return response


def _find_sender(request: Request) -> SignedIn | None:
    # Read in any case, as the answer depends on it: it says `Vary: Cookie`.
    cookie: str | None = session.get("_user_id")  # where Flask-Login puts it
    # A ticket or a token alone decides, whatever cookie comes with it.
    if tickets.has_ticket(request):
        return _load_by_ticket(request)
    if (token := tokens.bearer(request)) is not None:
        return _load_by_token(token)
    return None if cookie is None else _load_session(secret_tokens.hashed(cookie))


def _load_by_ticket(request: Request) -> SignedIn:
    """Return the user of a stream's ticket. Raises TicketRefused."""
    found = _load_session(tickets.redeem(request))
    if found is None:
        raise TicketRefused  # its session has ended meanwhile
    return found


def _load_by_token(token: str) -> SignedIn | None:
    """Return the user of an access token, as long as its session is open."""
    now = service().clock()
    claims = tokens.read(token_key(), "access", token, now)
    if claims is None:
        return _load_by_django_token(token, now)
    found = _load_session(claims.session_id)
    return found if found and found.user_id == claims.user_id else None


def _load_by_django_token(token: str, now: datetime) -> SignedIn | None:
    """Return the user of a Django deployment's token, whose first request opens its session."""
    claims = django_tokens.read("access", token, now)
    if claims is None:
        return None
    found = _load_session(claims.session_id)
    if found is not None:
        return found
    try:
        service().django_tokens.open_session(claims, now, device(request.user_agent.string))
    except UnknownDjangoUser as unknown:
        g.why_not_signed_in = unknown
        return None
    return _load_session(claims.session_id)


def token_key() -> bytes:
    """Return the key that signs tokens here."""
    settings = service().settings
    return tokens.signing_key(settings.jwt_signing_key, settings.secret_key)


def _load_session(session_id: str) -> SignedIn | None:
    here = service()
    found = here.session_cache.signed_in(session_id, here.clock(), here.oldest_session())
    if found is None:
        return None
    note(current_request().environ, user=found.user_id)
    ends_at = here.end_of_session(found.opened_at)
    return SignedIn(found.user_id, session_id, min(ends_at, found.expires_at or ends_at))
