"""The settings of where the service listens, and of what follows from that."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

_ADDRESS = re.compile(r"(?:\[[0-9a-f:.]+\]|[^\s:/\[\]]+):(\d{1,5})", re.IGNORECASE | re.ASCII)
# No segment is empty: a browser takes `//name/` in a page for another host. None begins with a dot.
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", re.ASCII)


def is_prefix(path: str) -> bool:
    """Return whether all paths of a service may begin with it, as with `/duels`."""
    return _PREFIX.fullmatch(path) is not None


def _port_of(address: str) -> int | None:
    found = _ADDRESS.fullmatch(address)
    return int(found[1]) if found else None


# Without slots: a class inherits them from one of its bases only.
@dataclass(frozen=True, kw_only=True)
class ListeningSettings:
    # The address that gunicorn listens on; gunicorn.conf.py reads it, too.
    host: str = "127.0.0.1"
    # Whether `set-up` creates the demo accounts, whose password is published, also where other machines
    # reach the service.
    demo_accounts: bool = False
    # What all paths begin with, where a proxy passes them on as they are.
    script_name: str = ""
    # Where the metrics are read, as host:port; gunicorn.conf.py listens there. Without it, they are
    # read at the service's own address, from this machine only.
    metrics_address: str = ""
    # Where health checks are answered by a thread that does not wait for the event loop, as host:port.
    health_address: str = ""
    # The address of a collector that takes traces by OTLP over HTTP. Without it, there are none.
    traces_endpoint: str = ""

    def listening_mistakes(self) -> Iterator[str]:
        """Yield a sentence for each setting that cannot be used."""
        for name, address, example in (
            ("METRICS_ADDRESS", self.metrics_address, 9464),
            ("HEALTH_ADDRESS", self.health_address, 9465),
        ):
            if address and _port_of(address) not in range(1, 65_536):
                yield (
                    f"{name} must be an address with a port, such as 127.0.0.1:{example} or"
                    f" [::]:{example}, not {address!r}."
                )
        if self.script_name and not is_prefix(self.script_name):
            yield (
                f"SCRIPT_NAME must be a path such as /duels, not {self.script_name!r}. Leave it unset"
                " where the proxy removes the path and names it in X-Forwarded-Prefix."
            )

        if self.traces_endpoint and not self.traces_endpoint.startswith(("http://", "https://")):
            yield (
                "TRACES_ENDPOINT must be an address such as http://collector:4318/v1/traces, not"
                f" {self.traces_endpoint!r}."
            )

    @property
    def metrics_port(self) -> int | None:
        """The port of the listener for metrics alone, or None if there is none."""
        return _port_of(self.metrics_address)

    @property
    def health_listener(self) -> tuple[str, int] | None:
        """The host and the port at which health checks are answered by a thread, if there are any."""
        port = _port_of(self.health_address)
        return (self.health_address.rpartition(":")[0].strip("[]"), port) if port else None

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
