"""The settings of the listener for nodes that sign their requests."""

from __future__ import annotations

import pytest

from nimbus.protocol.errors import UsageError
from nimbus.settings.addresses import proxy_url
from nimbus.settings.configuration import ControlPlaneConfig, check


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"proxy_url": "https://a.example.org"}, "proxy_listen"),
        ({"proxy_listen": "127.0.0.1"}, "HOST:PORT"),
        ({"proxy_listen": "127.0.0.1:0"}, "port"),
        ({"proxy_listen": "127.0.0.1:1", "proxy_listen_tls": "off"}, "proxy_url"),
        ({"proxy_listen": "0.0.0.0:1", "proxy_listen_tls": "off", "proxy_url": "https://a"}, "loopback"),
        ({"proxy_listen": ":1", "proxy_listen_tls": "off", "proxy_url": "https://a"}, "loopback"),
        ({"proxy_listen": "192.0.2.1:1", "proxy_listen_tls": "off", "proxy_url": "https://a"}, "loopback"),
        ({"proxy_listen": "127.0.0.1:1", "proxy_url": "http://a.example.org"}, "proxy_url"),
        ({"proxy_listen": "127.0.0.1:1", "proxy_url": "https://a.example.org/path"}, "proxy_url"),
        ({"proxy_listen": "127.0.0.1:1", "proxy_url": "https://u@a.example.org"}, "proxy_url"),
        ({"agent_sources": "192.0.2.0/33"}, "agent_sources"),
        ({"agent_sources": "web-1"}, "agent_sources"),
    ],
)
def test_what_does_not_fit_is_named(settings: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check(ControlPlaneConfig(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, ""),
        ({"proxy_listen": "127.0.0.1:9443", "advertise": "cp.example.org"}, "https://cp.example.org:9443"),
        (
            {"proxy_listen": "[::1]:1", "proxy_url": "https://[2001:db8::1]:9443/"},
            "https://[2001:db8::1]:9443",
        ),
        ({"proxy_listen": "localhost:1", "proxy_listen_tls": "off", "proxy_url": "https://a"}, "https://a"),
    ],
)
def test_where_agents_are_sent(settings: dict[str, str], url: str) -> None:
    config = ControlPlaneConfig(**settings)  # type: ignore[arg-type]
    check(config)
    assert proxy_url(config) == url
