"""Refuses weak new passwords, with a sentence at the field."""

from qader_sse.domain import password_policy
from qader_sse.domain.password_policy import MIN_LENGTH, TEXTS
from qader_sse.web.error_responses import InvalidInput


def require_strong(field: str, password: str, *names: str | None) -> None:
    """Raise InvalidInput for a password that is too weak; `names` are the username and e-mail."""
    weakness = password_policy.weakness(password, *names)
    if weakness is not None:
        raise InvalidInput(field, TEXTS[weakness], min_length=MIN_LENGTH)
