"""The key of an installation: what an operator gives, or a random one of its own."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from qader_sse import private_files

_SHORTEST = 16


def mistake(key: str) -> str | None:
    """Return what is wrong with a key, as a sentence, or None."""
    if not key:
        return "SECRET_KEY is not set: give every node the same long random text."
    if len(key) < _SHORTEST:
        return (
            f"SECRET_KEY must have at least {_SHORTEST} characters, or it can be guessed."
            " Take a long random text: openssl rand -base64 48"
        )
    return None


def own(folder: Path) -> str:
    """Return the random key in this folder, which is created and stored at the first call."""
    path = folder / "secret_key"
    private_files.tighten(path)
    if not path.exists():
        # Written under another name, then linked: if two processes start at once, one key wins.
        draft = folder / f"secret_key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()
