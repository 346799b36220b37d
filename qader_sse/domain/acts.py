"""What operators do: who does what, and when, for the audit log. No entry holds a secret."""

from dataclasses import dataclass
from datetime import datetime

# Of the operating system's name, and of the one that an operator gives.
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Act:
    """One action of an operator: in use cases of theirs it stands where others get the time."""

    action: str  # the command, such as `users disable`
    os_user: str  # who ran the process
    operator: str | None  # whom they say to be, where several share that user
    at: datetime
