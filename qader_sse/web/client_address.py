"""Where a request comes from, as far as trusted proxies say so, for sharing things out fairly."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from wsgiref.types import WSGIEnvironment

from qader_sse.limits.networks import network_of, parsed

# Set in the environ by the server's layer: the address of the client, not of a trusted proxy.
CLIENT_ADDRESS = "qader_sse.client_address"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose `X-Forwarded-*` headers are believed."""

    networks: Sequence[Network] = ()
    are_all: bool = False  # any peer is taken for a proxy, and for the only one on the way

    def include(self, address: str) -> bool:
        """Return whether a peer is one of them; the address of a unix socket is empty."""
        if self.are_all:
            return True
        found = parsed(address)
        return found is not None and any(found in network for network in self.networks)

    def client_address(self, peer: str, forwarded_for: str) -> str:
        """Return the last address on the way that is not one of theirs.

        Each proxy appends the address of its own peer to `X-Forwarded-For`. What stands further
        left was sent by the client, who may write there what it likes.
        """
        address = peer
        if not forwarded_for:
            return address
        for earlier in reversed(forwarded_for.split(",")):
            if not self.include(address) or parsed(earlier.strip()) is None:
                break
            address = earlier.strip()
            if self.are_all:
                break
        return address


def is_loopback(address: str) -> bool:
    """Return whether a peer's address is one of this machine alone."""
    found = parsed(address)
    return found is not None and found.is_loopback


def client_network(environ: WSGIEnvironment) -> str:
    """Return the network of a request's client, by which its fair share is counted."""
    return network_of(str(environ.get(CLIENT_ADDRESS) or environ.get("REMOTE_ADDR") or ""))
