"""Random secrets that are given to one client, of which the database keeps the hash alone.

Whoever reads the database, a backup of it or the event log cannot sign in with what is there. One
round of SHA-256 is enough: a password needs a slow hash with a salt because it can be guessed, and
a secret of 256 random bits cannot, however many guesses a second are made. It also keeps the check
of each request at one look-up by primary key.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode

HASH_LENGTH = 43  # letters


def new() -> str:
    """Return 256 random bits, as 43 letters that need no quoting in an address."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """Return the hash of a secret, by which rows are found. It is no secret itself."""
    digest = hashlib.sha256(secret.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
