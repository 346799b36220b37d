"""Signs announcements, so that nobody else who can publish in Redis can forge one.

The signature is a message authentication code: BLAKE2b with a key that follows from SECRET_KEY. It
stands before the announcement, in what workers of earlier versions take for a part of the origin.
So they accept signed announcements as they are, and a node can be upgraded after the other.
"""

from hashlib import blake2b
from hmac import compare_digest

# 128 bits, in hexadecimal digits because earlier versions decode them as text.
_CODE_BYTES = 16
_SEPARATOR = b"."
# What stands before the content of a signed announcement.
SIGNATURE_BYTES = 2 * _CODE_BYTES + len(_SEPARATOR)


class Signer:
    """Signs, and checks signatures, with the key of one installation."""

    def __init__(self, secret_key: str) -> None:
        # A key of its own: no other use of SECRET_KEY can give somebody a valid signature.
        self.key = blake2b(secret_key.encode(), digest_size=32, person=b"announcements").digest()
        # Copied for each content: the key is a block of its own, which so is hashed only once.
        self._keyed = blake2b(key=self.key, digest_size=_CODE_BYTES)

    def sign(self, content: bytes) -> bytes:
        return self._code(content) + _SEPARATOR + content

    def content(self, data: bytes) -> bytes | None:
        """Return what was signed, or None if the signature is missing or wrong."""
        content = data[SIGNATURE_BYTES:]
        expected = self._code(content) + _SEPARATOR
        return content if compare_digest(data[:SIGNATURE_BYTES], expected) else None

    def _code(self, content: bytes) -> bytes:
        code = self._keyed.copy()
        code.update(content)
        return code.hexdigest().encode()
