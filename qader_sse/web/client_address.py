"""Where a request comes from, as far as trusted proxies say so, for sharing things out fairly."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from wsgiref.types import WSGIEnvironment

# Set in the environ by the server's layer: the address of the client, not of a trusted proxy.
CLIENT_ADDRESS = "qader_sse.client_address"

# Whoever has an IPv6 address has all of its network, and may change address for each request.
_IPV6_PREFIX = 64

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose `X-Forwarded-*` headers are believed."""

    networks: Sequence[Network] = ()
    are_all: bool = False  # any peer is taken for a proxy, and there is only one between

    def include(self, address: str) -> bool:
        """Return whether a peer is one of them; the address of a unix socket is empty."""
        if self.are_all:
            return True
        found = _parsed(address)
        return found is not None and any(found in network for network in self.networks)

    def client_address(self, peer: str, forwarded_for: str) -> str:
        """Return the last address on the way that is not one of theirs.

        Each proxy appends the address of its own peer to `X-Forwarded-For`. What stands further
        left was sent by the client, who may write there what it likes.
        """
        address = peer
        for earlier in reversed(forwarded_for.split(",")):
            if not self.include(address) or _parsed(earlier.strip()) is None:
                break
            address = earlier.strip()
            if self.are_all:
                break
        return address


def client_network(environ: WSGIEnvironment) -> str:
    """Return the network that one client may be taken to have: an IPv4 address, or an IPv6 /64."""
    text = str(environ.get(CLIENT_ADDRESS) or environ.get("REMOTE_ADDR") or "")
    address = _parsed(text.partition("%")[0])
    if address is None:
        return text  # a unix socket has no address
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket that listens on IPv6 shows the clients of IPv4 in this form.
    return getattr(address, "ipv4_mapped", None) or address
