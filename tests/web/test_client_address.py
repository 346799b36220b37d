"""From which address and network a request comes."""

from ipaddress import ip_network

import pytest

from qader_sse.web.client_address import CLIENT_ADDRESS, TrustedProxies, client_network

PROXIES = TrustedProxies([ip_network("10.0.0.0/8"), ip_network("::1/128")])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),  # of a peer that is no proxy
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "192.0.2.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "192.0.2.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_that_is_no_trusted_proxy(
    peer: str, forwarded_for: str, client: str
) -> None:
    assert PROXIES.client_address(peer, forwarded_for) == client


def test_where_all_are_trusted_only_the_nearest_proxy_is_believed() -> None:
    """A client may send the header too, and what it wrote stands further left."""
    proxies = TrustedProxies(are_all=True)
    assert proxies.client_address("10.0.0.1", "192.0.2.1, 203.0.113.9") == "203.0.113.9"
    assert proxies.client_address("", "203.0.113.9") == "203.0.113.9"  # a unix socket


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_a_client_has_one_address_of_ipv4_or_a_whole_network_of_ipv6(
    address: str, network: str
) -> None:
    assert client_network({"REMOTE_ADDR": address}) == network
    assert client_network({"REMOTE_ADDR": "::1", CLIENT_ADDRESS: address or "::1"}) == (
        network or "::/64"
    )
