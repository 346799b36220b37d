"""The addresses of questions' images: on this host, or elsewhere by https."""

import re
from collections.abc import Iterable, Iterator

# Browsers take a backslash for a slash and leave out tabs and line breaks, so that `/\evil.example`
# is the host evil.example. They also follow `/../`, which then names another file than it seems to.
# None of these belongs in an address, nor does what nobody sees or turns the direction of a text.
_REST = r"[^\s\\\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]*"
_OWN_PATH = re.compile(rf"/(?!/){_REST}")
_ELSEWHERE = re.compile(
    rf"https://([a-z0-9_.-]+(?::[0-9]+)?)(?:[/?]{_REST})?", re.ASCII | re.IGNORECASE
)

EXPECTED = (
    "write an address with https://, or a path of this host such as /static/figure.svg, without"
    " spaces, backslashes, invisible signs and /../"
)


def is_address(text: str) -> bool:
    path = re.split("[?#]", text)[0].lower().replace("%2e", ".")
    leads_elsewhere = not {".", ".."}.isdisjoint(path.split("/"))
    return not leads_elsewhere and bool(_OWN_PATH.fullmatch(text) or _ELSEWHERE.fullmatch(text))


def hosts_not_shown(addresses: Iterable[str], image_hosts: Iterable[str]) -> list[str]:
    """Return the hosts, sorted, whose images the service's own pages do not show."""
    shown = set(image_hosts)
    found = (_ELSEWHERE.fullmatch(address) for address in addresses)
    hosts = {match[1].lower().removesuffix(":443") for match in found if match}
    return sorted(host for host in hosts if shown.isdisjoint(_names(host)))


def _names(host: str) -> Iterator[str]:
    """Yield a host as IMAGE_HOSTS may name it: `a.b.example`, `*.b.example`, `*.example`."""
    yield host
    while "." in host:
        host = host.partition(".")[2]
        yield f"*.{host}"
