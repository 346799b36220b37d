"""The public address of the service, as people write it and as requests need it."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit


class BadAddress(ValueError):
    """Not an address that can be examined; the text is a sentence that says how it has to look."""


@dataclass(frozen=True, slots=True)
class Address:
    """`host` has no brackets; `netloc` is what stands in `Host`; `prefix` comes before all paths."""

    is_https: bool
    host: str
    port: int
    netloc: str
    prefix: str

    @property
    def origin(self) -> str:
        return f"{'https' if self.is_https else 'http'}://{self.netloc}"

    @property
    def is_local(self) -> bool:
        """Whether nothing that is sent there leaves this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse(url: str) -> Address:
    """Parse an address. Raises BadAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise BadAddress("Give the address as browsers have it, such as https://duels.example.")
    is_https = parts.scheme == "https"
    default = 443 if is_https else 80
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if port in (None, default) else f"{host}:{port}"
    return Address(is_https, parts.hostname, port or default, netloc, parts.path.rstrip("/"))
