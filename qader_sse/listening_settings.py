"""The settings of where the service listens, and of what follows from that."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address


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
        return self.host == "localhost" or bool(self._ip and self._ip.is_loopback)

    def address(self, port: int) -> str:
        """Return the service's address on a port, as a browser on this machine takes it."""
        # Where it listens on every address, none of them is the unspecified one itself.
        host = "localhost" if self._ip and self._ip.is_unspecified else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def _ip(self) -> IPv4Address | IPv6Address | None:
        try:
            return ip_address(self.host)
        except ValueError:
            return None  # a name
