"""What counts as one address: whoever has an IPv6 address has all of its network."""

import ipaddress
from functools import lru_cache

# A client may change its address within it for each request.
_IPV6_PREFIX = 64


@lru_cache(maxsize=4_096)
def parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address, or None for what is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket that listens on IPv6 shows the clients of IPv4 in this form.
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=4_096)
def network_of(text: str) -> str:
    """Return the network that one client may be taken to have: an IPv4 address, or an IPv6 /64."""
    address = parsed(text.partition("%")[0])
    if address is None:
        return text  # a unix socket has no address
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
