from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.http.source import is_within, source_of
from nimbus.protocol.errors import UsageError
from nimbus.settings.configuration import networks

PROXIES = networks("10.0.0.0/8, fd00::/8", "trusted_proxies")


@pytest.mark.parametrize(
    ("peer", "header", "wanted"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.2.3.4", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, nonsense", "10.0.0.1"),
        ("10.0.0.1", "nonsense, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "198.51.100.7\r\nX: 1", "10.0.0.1"),
    ],
)
def test_the_nearest_address_that_is_no_proxy(peer: str, header: str, wanted: str) -> None:
    assert source_of(peer, header, PROXIES) == wanted


@given(st.text(max_size=200))
def test_without_trusted_proxies_nobody_is_believed(header: str) -> None:
    assert source_of("192.0.2.1", header, ()) == "192.0.2.1"


@given(st.lists(st.ip_addresses().map(str), max_size=6), st.text(max_size=60))
def test_what_a_client_wrote_before_the_proxy_changes_nothing(hops: list[str], forged: str) -> None:
    """The proxy appends whom it saw; what stands before that is the client's."""
    seen = "198.51.100.7"
    header = ", ".join([forged.replace(",", ""), *hops, seen])
    assert source_of("10.0.0.1", header, PROXIES) == seen


@given(st.text(max_size=50))
def test_what_is_no_address_is_within_nothing(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert not is_within(text, PROXIES)


def test_a_setting_that_is_no_network_is_named() -> None:
    with pytest.raises(UsageError, match=r"trusted_proxies.*10\.0\.0\.1/8"):
        networks("10.0.0.1/8", "trusted_proxies")
