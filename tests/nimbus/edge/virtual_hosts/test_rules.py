"""What an operator can say of a virtual host, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from nimbus.edge.virtual_hosts.records import Header, Location, RewriteRule, VirtualHostSpec
from nimbus.edge.virtual_hosts.rewriting import groups_of, replacement
from nimbus.edge.virtual_hosts.rules import backend, checked, location_path
from nimbus.kernel.errors import ValidationError


def host(*locations: Location, **more: Any) -> VirtualHostSpec:
    fields: dict[str, Any] = {
        "server_name": ("www.example.com",),
        "ssl_enabled": False,
        "locations": locations,
    }
    return checked(VirtualHostSpec(**{**fields, **more}))


def at(path: str = "/", **more: Any) -> Location:
    return Location(path=path, **(more or {"redirect": "/there"}))


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"ssl_enabled": True}, "ssl_certificate_id"),
        ({"http3": True}, "http3"),
        ({"hsts": 1}, "hsts"),
        ({"server_name": ()}, "server_name"),
        ({"locations": ()}, "locations"),
        ({"locations": (at("/a"), at("^~ /a"))}, "locations[1].path"),
        ({"locations": (at("a"),)}, "locations[0].path"),
        ({"locations": (at("~ (a"),)}, "locations[0].path"),
        ({"locations": (at("/a\nb"),)}, "locations[0].path"),
        ({"locations": (at("/", root="/srv/x", redirect="/y"),)}, "locations[0]"),
        ({"locations": (at("/", index="x.html", redirect="/y"),)}, "locations[0].index"),
        ({"locations": (at("/", root="/etc"),)}, "locations[0].root"),
        ({"locations": (at("/", root="/srv/../etc"),)}, "locations[0].root"),
        ({"locations": (at("/", root="/srvx"),)}, "locations[0].root"),
        ({"locations": (at("/", redirect="javascript:x"),)}, "locations[0].redirect"),
        ({"locations": (at("~ ^/a", proxy_pass="http://b:1/c"),)}, "locations[0].proxy_pass"),
        ({"locations": (at("~ ^/a", upstream_id="u", upstream_path="/c"),)}, "locations[0].upstream_path"),
        ({"locations": (at("/", redirect="/y", upstream_path="/c"),)}, "locations[0].upstream_path"),
        ({"locations": (at(redirect="/y", allow=("10.0.0.1/8",)),)}, "locations[0].allow"),
        ({"trusted_proxies": ("everyone",)}, "trusted_proxies"),
        ({"server_name": ("_",)}, "server_name"),
        ({"locations": (at("/.well-known/acme-challenge/"),)}, "locations[0].path"),
        ({"locations": (at("= /.well-known/acme-challenge/x"),)}, "locations[0].path"),
        ({"locations": (at("/", proxy_pass="http://b:1/a$b/"),)}, "locations[0].proxy_pass"),
        ({"locations": (at("/", upstream_id="u", upstream_path="/a$b/"),)}, "locations[0].upstream_path"),
        (
            {"locations": (at(upstream_id="u", request_headers=(Header("Transfer-Encoding", "chunked"),)),)},
            "locations[0].request_headers[0].name",
        ),
        (
            {"locations": (at(redirect="/y", custom_headers=(Header("content-length", "1"),)),)},
            "locations[0].custom_headers[0].name",
        ),
        (
            {"locations": (at(redirect="/y", custom_headers=(Header("X", "a\r\nSet-Cookie: b"),)),)},
            "locations[0].custom_headers[0].value",
        ),
        (
            {"locations": (at(redirect="/y", rewrite_rules=(RewriteRule("^/(a)$", "/$2"),)),)},
            "locations[0].rewrite_rules[0].replacement",
        ),
        (
            {"locations": (at(redirect="/y", rewrite_rules=(RewriteRule("^/((a))$", "/$1"),)),)},
            "locations[0].rewrite_rules[0].pattern",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(spec: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        host(**{"locations": (at(),), **spec})
    assert str(caught.value).startswith(f"{field}: ")


def test_each_part_has_one_spelling() -> None:
    spec = host(
        at("  ~*   \\.PHP$ ", root="/srv/x"),
        at("=  /a", redirect="/b", allow=("192.0.2.1",)),
        server_name=("WWW.Example.com, bücher.example",),
        trusted_proxies=("10.0.0.0/8", "10.0.0.0/8"),
    )
    assert spec.server_name == ("www.example.com", "bücher.example")
    assert [location.path for location in spec.locations] == ["~* \\.PHP$", "= /a"]
    assert spec.locations[1].allow == ("192.0.2.1/32",)
    assert spec.trusted_proxies == ("10.0.0.0/8",)
    assert checked(spec) == spec


@pytest.mark.parametrize(
    ("text", "modifier", "path"),
    [
        ("/", "", "/"),
        ("/a b", "", "/a b"),
        ("= /a", "=", "/a"),
        ("^~ /a", "^~", "/a"),
        ("~ ^/a b$", "~", "^/a b$"),
        ("~*\t\\.php$", "~*", "\\.php$"),
    ],
)
def test_paths_are_read_as_nginx_writes_them(text: str, modifier: str, path: str) -> None:
    assert location_path(text, "path") == (modifier, path)


@pytest.mark.parametrize(
    ("url", "address", "tls", "path"),
    [
        ("http://10.0.0.5:8080/", "10.0.0.5:8080", False, "/"),
        ("http://app.internal", "app.internal:80", False, ""),
        ("https://[2001:db8::1]/x/", "[2001:db8::1]:443", True, "/x/"),
    ],
)
def test_a_url_is_a_server_and_a_path(url: str, address: str, tls: bool, path: str) -> None:
    found, rest = backend(url, "proxy_pass")
    assert (found.address, found.tls, rest) == (address, tls, path)


@pytest.mark.parametrize(
    "url",
    [
        "10.0.0.5",
        "ftp://x/",
        "http://",
        "http://x:99999",
        "http://x:0x/",
        "http://u:p@x/",
        "http://x/?a",
        "http://x/#a",
        "http://x/ y",
        "http://x;/",
        "http://$host/",
        # nginx would send every request to this one path.
        "http://x/$uri",
        "http://unix:/run/docker.sock",
        "http://[fe80::1%25eth0]/",
        "http://bücher.example/",
    ],
)
def test_what_is_no_url_of_a_server(url: str) -> None:
    with pytest.raises(ValidationError, match="proxy_pass"):
        backend(url, "proxy_pass")


@pytest.mark.parametrize(
    ("pattern", "groups"),
    [(r"^/a/(.*)$", 1), (r"[(](x)[])]", 1), (r"(?:a)(b)(c)", 2), (r"(?<=a)(b)", 1), (r"\(a\)[\]()]", 0)],
)
def test_groups_are_counted(pattern: str, groups: int) -> None:
    assert groups_of(pattern, "pattern") == groups


@pytest.mark.parametrize(
    "pattern", ["(a(b))", "(?<n>x)", "(?P<n>x)", "(?'n'x)", "(a", "a)", "[abc", "(a)" * 10]
)
def test_groups_that_cannot_be_used(pattern: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        groups_of(pattern, "pattern")


def test_a_replacement_has_groups_and_variables() -> None:
    written = replacement("/b?x=$1&h=$host&y=${2}3$$1$nope", 2, frozenset({"host"}), "replacement")
    assert written == '"/b?x=$1&h=${host}&y=$23${nimbus_dollar}$1${nimbus_dollar}nope"'
