"""The `Idempotency-Key` header, as in the IETF draft of that name."""

import re

from qader_sse.domain.i18n import mark
from qader_sse.web.error_responses import InvalidInput

# A string of a structured field (RFC 8941), or the same without quotes, as many clients send it.
_KEY = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})')


def idempotency_key(text: str | None) -> str | None:
    """Return the key in the header, or None without a header. Raises InvalidInput.

    Within a day, a repeated request with the same key returns the challenge that the first one
    created, in its current state. It waits for a first request that is still running.
    """
    if text is None:
        return None
    found = _KEY.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(
            "detail",
            mark("Idempotency-Key must be 1 to 255 printable ASCII characters, such as a UUID."),
        )
    return found[1] or found[2]
