"""Tokens that an existing Django deployment has signed: `DJANGO_TOKENS` takes them.

Its key is our `JWT_SIGNING_KEY`. Ours are signed by a key made of that one, so it takes none of them.

They have the claims of djangorestframework-simplejwt and nothing else that is read: no `sid`, by
which ours name their session.
"""

import json
from datetime import UTC, datetime
from typing import Any

from qader_sse.service import service
from qader_sse.store import django_users, secret_tokens
from qader_sse.use_cases.django_tokens import DjangoClaims
from qader_sse.web import tokens
from qader_sse.web.tokens import TokenType

_REQUIRED = ("token_type", "user_id", "jti", "exp", "iat")


def read(token_type: TokenType, token: str, now: datetime) -> DjangoClaims | None:
    """Return what a token of theirs says; None where these are not taken, or it is not valid."""
    settings = service().settings
    if settings.django_tokens == "off":
        return None
    found = tokens.decode(settings.jwt_signing_key.encode(), token, _REQUIRED)
    if found is None or "sid" in found or found["token_type"] != token_type:
        return None
    try:
        expires_at = datetime.fromtimestamp(int(found["exp"]), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    django_id = _id(found["user_id"])
    if django_id is None or expires_at <= now:
        return None
    return DjangoClaims(django_id, _session_id(django_id, found), expires_at)


def _id(claim: object) -> str | None:
    """Return a user's id as text: versions of simplejwt differ in whether it is a number."""
    if isinstance(claim, bool) or not isinstance(claim, int | str):
        return None
    text = str(claim)
    return text if django_users.is_id(text) else None


def _session_id(django_id: str, claims: dict[str, Any]) -> str:
    # Of what the token says rather than of its text, which can be written in several ways. With
    # the user, because nothing keeps two users' tokens from having the same `jti`.
    said = json.dumps(["django", django_id, claims["jti"], claims["exp"]])
    return secret_tokens.hashed(said)
