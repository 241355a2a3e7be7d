"""What is told to nodes is listened on."""

from __future__ import annotations

from typing import Any

import pytest

from nimbus.settings.addresses import api_urls, listen_address
from nimbus.settings.configuration import ControlPlaneConfig


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, "0.0.0.0"),
        ({"endpoint": "203.0.113.10:51820"}, "0.0.0.0"),
        ({"endpoint": "cloud.example.org:51820"}, "0.0.0.0"),
        ({"endpoint": "[fd77::1]:51820"}, "::"),
        ({"endpoint": "203.0.113.10:51820, [2001:db8::1]:51820"}, "::"),
        ({"advertise": "2001:db8::1"}, "::"),
        ({"api_addresses": "[2001:db8::1]:8443"}, "::"),
        ({"endpoint": "[fd77::1]:51820", "listen": ":9443"}, "::"),
        ({"endpoint": "203.0.113.10:51820", "listen": "[::]:9443"}, "::"),
        # Who names one address gets that one.
        ({"endpoint": "[fd77::1]:51820", "listen": "127.0.0.1:9443"}, "127.0.0.1"),
    ],
)
def test_where_nodes_are_told_ipv6_it_is_listened_on(settings: dict[str, Any], wanted: str) -> None:
    assert listen_address(ControlPlaneConfig(**settings))[0] == wanted


def test_the_join_command_names_an_address_that_answers() -> None:
    config = ControlPlaneConfig(endpoint="[fd77::1]:51820")
    assert api_urls(config) == ("https://[fd77::1]:8443",)
    assert listen_address(config) == ("::", 8443)
