"""Access and refresh tokens: JSON Web Tokens for front ends that cannot use the session's cookie.

The claims are those of djangorestframework-simplejwt, which deployed front ends read, and `sid`:
the session that a token belongs to. A token is valid only while its session is open, which each
request looks up, so signing out ends it. No token is kept: what a refresh token
has to be compared with is the session's `refresh_id`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import jwt
from flask import Request
from jwt.types import Options

TokenType = Literal["access", "refresh"]

_ALGORITHM = "HS256"
_REQUIRED = ("token_type", "user_id", "jti", "sid", "exp", "iat")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: whose it is, of which session, which one it is, and when it runs out."""

    user_id: int
    session_id: str
    jti: str
    expires_at: datetime


def signing_key(jwt_signing_key: str, secret_key: str) -> bytes:
    """Return the key that signs our tokens, made of the one that was set, or else of the secret key.

    It is used for nothing else. Were it the very key of a Django deployment whose tokens are taken
    here, that would take ours as well, and `user_id`, an account of ours, for one of its own.
    """
    secret = (jwt_signing_key or secret_key).encode()
    return hashlib.blake2b(secret, digest_size=32, person=b"qader.tokens").digest()


def bearer(request: Request) -> str | None:
    """Return the token in the `Authorization` header, None if there is none."""
    if "HTTP_AUTHORIZATION" not in request.environ:
        return None
    given = request.authorization
    return given.token if given is not None and given.type == "bearer" else None


def write(key: bytes, token_type: TokenType, claims: Claims, now: datetime) -> str:
    return jwt.encode(
        {
            "token_type": token_type,
            "user_id": claims.user_id,
            "sid": claims.session_id,
            "jti": claims.jti,
            "iat": int(now.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
        },
        key,
        algorithm=_ALGORITHM,
    )


def read(key: bytes, token_type: TokenType, token: str, now: datetime | None) -> Claims | None:
    """Return the claims of a token; None if it is not ours, of another type, or has run out.

    Without `now`, a token that has run out is read as well.
    """
    found = decode(key, token, _REQUIRED)
    if found is None:
        return None
    try:
        claims = Claims(
            user_id=int(found["user_id"]),
            session_id=str(found["sid"]),
            jti=str(found["jti"]),
            expires_at=datetime.fromtimestamp(int(found["exp"]), UTC),
        )
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    has_run_out = now is not None and claims.expires_at <= now
    return None if has_run_out or found["token_type"] != token_type else claims


def decode(key: bytes, token: str, required: Iterable[str]) -> dict[str, Any] | None:
    """Return all claims of a token that was signed with this key and has those that are required."""
    # The library would compare with the wall clock; all nodes follow the service's clock.
    options: Options = {"require": [*required], "verify_exp": False, "verify_iat": False}
    try:
        found: dict[str, Any] = jwt.decode(token, key, algorithms=[_ALGORITHM], options=options)
    except (jwt.InvalidTokenError, TypeError, ValueError, OverflowError):
        return None
    return found
