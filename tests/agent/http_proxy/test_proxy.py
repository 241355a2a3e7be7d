"""Which proxy there is, and who is reached without it."""

from __future__ import annotations

import pytest

from agent.http_proxy.proxy import DIRECT, HttpProxy, parse_proxy, proxy_of_environment
from nimbus.protocol.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://proxy.example.org:8080", HttpProxy(host="proxy.example.org", port=8080)),
        ("proxy.example.org:8080", HttpProxy(host="proxy.example.org", port=8080)),
        ("http://proxy.example.org/", HttpProxy(host="proxy.example.org")),
        ("http://[2001:db8::1]:8080", HttpProxy(host="2001:db8::1", port=8080)),
        ("http://me:s%40cr%3At@proxy:1", HttpProxy(host="proxy", port=1, user="me", password="s@cr:t")),
        ("", DIRECT),
        ("none", DIRECT),
    ],
)
def test_what_is_named(text: str, expected: HttpProxy) -> None:
    assert parse_proxy(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "https://proxy:8080",
        "socks5://me:hunter2@proxy",
        "http://me:hunter2@proxy:port",
        "http://me:hunter2@proxy:99999",
        "http://me:hunter2@pro xy:1",
        "http://me:hunter2@[::1:1",
        "http://me:hunter2@prox\u00fd:1",
    ],
)
def test_what_is_none_is_refused_without_what_is_secret(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_proxy(text)
    assert "hunter2" not in refused.value.line()


def test_a_password_is_not_shown() -> None:
    proxy = parse_proxy("http://me:hunter2@proxy:8080")
    assert "hunter2" not in f"{proxy} {proxy!r} {proxy.name}"
    assert proxy.name == "proxy:8080"
    assert proxy.authorization == "Basic bWU6aHVudGVyMg=="


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("cp.example.org", True),
        ("CP.internal.example", False),
        ("internal.example", False),
        ("notinternal.example", True),
        ("10.1.2.3", False),
        ("10.2.2.3", True),
        ("192.0.2.7", False),
        ("2001:db8::5", False),
        ("localhost", False),
        ("127.0.0.9", False),
        ("::1", False),
    ],
)
def test_who_is_reached_without_it(host: str, served: bool) -> None:
    proxy = parse_proxy("proxy:1", ".internal.example, 10.1.0.0/16 192.0.2.7:443,[2001:db8::5]:1")
    assert proxy.serves(host) is served
    assert not proxy.and_no_proxy("*").serves(host)
    assert not DIRECT.serves(host)


def test_the_mesh_is_reached_without_it() -> None:
    assert not parse_proxy("proxy:1").and_directly("10.106.103.2/24").serves("10.106.103.1")


def test_what_the_environment_says() -> None:
    environment = {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "x.example", "HTTP_PROXY": "http://b:1"}
    found = proxy_of_environment(environment)
    assert (found.name, found.serves("x.example"), found.serves("y.example")) == ("a:1", False, True)
    assert proxy_of_environment({"https_proxy": "c:1", **environment}).name == "c:1"
    assert proxy_of_environment({"all_proxy": "d:1"}).name == "d:1"
    assert proxy_of_environment({"HTTP_PROXY": "http://b:1"}) == DIRECT
    with pytest.raises(UsageError, match="HTTPS_PROXY"):
        proxy_of_environment({"HTTPS_PROXY": "socks5://x"})
