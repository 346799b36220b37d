"""The `Idempotency-Key` header, as the IETF's draft of that name has it."""

import re

from qader_sse.domain.i18n import mark
from qader_sse.web.error_responses import InvalidInput

# A string of a structured field, or the same without its quotes, as many clients send it.
_KEY = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})')


def idempotency_key(text: str | None) -> str | None:
    """Read the header. Raises InvalidInput for a key that is none.

    The same request with the same key again, within a day, returns the challenge that it
    made the first time, as it is now; while the first is at work, the second waits for it.
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
