"""The settings of where the service listens, and of what follows from that."""

from dataclasses import dataclass
from ipaddress import ip_address


# Without slots: a class inherits them from one of its bases only.
@dataclass(frozen=True, kw_only=True)
class ListeningSettings:
    # The address that gunicorn listens on; gunicorn.conf.py reads it, too.
    host: str = "127.0.0.1"
    # Whether `set-up` creates the demo accounts, whose password is published, also where other machines
    # reach the service.
    demo_accounts: bool = False

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the service."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False
