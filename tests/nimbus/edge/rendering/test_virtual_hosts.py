"""The text of a virtual host: made once for the same versions, and never with a value out of its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.edge.dialects import CLASSES
from nimbus.edge.rendering.upstreams import NodeAddress, edge_upstream
from nimbus.edge.rendering.virtual_hosts import (
    HostVersion,
    Renderer,
    UsedTemplate,
    UsedUpstream,
    answered,
    render,
)
from nimbus.edge.templates.structure import directives
from nimbus.edge.upstreams.records import UpstreamServer, UpstreamSpec, UpstreamTls
from nimbus.edge.upstreams.rules import checked as checked_upstream
from nimbus.edge.virtual_hosts.records import Header, Location, RewriteRule, VirtualHostSpec
from nimbus.edge.virtual_hosts.rules import checked
from nimbus.kernel.errors import ValidationError

HOST, UPSTREAM = "0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-0000000000aa"
NEW = CLASSES["1.30"]
SERVERS = UpstreamSpec(servers=(UpstreamServer(address="10.0.0.5:8080"),))


def host(*locations: Location, number: int = 1, upstream: UpstreamSpec = SERVERS, **more: Any) -> HostVersion:
    spec = VirtualHostSpec(
        **{"server_name": ("www.example.com",), "ssl_enabled": False, "locations": locations, **more}
    )
    used = {UPSTREAM: UsedUpstream(number, upstream)}
    return HostVersion(HOST, number, checked(spec), UsedTemplate("default", 0), used)


def test_the_same_versions_are_made_once() -> None:
    renderer, to = Renderer(), Location(path="/", upstream_id=UPSTREAM)
    first = renderer.render(host(to), NEW, has_ipv6=True)
    assert renderer.render(host(to), CLASSES["1.26"], has_ipv6=True) is first
    assert renderer.render(host(to), CLASSES["1.22"], has_ipv6=True) is not first
    assert renderer.render(host(to), NEW, has_ipv6=False) is not first
    assert renderer.render(host(to, number=2), NEW, has_ipv6=True) is not first
    assert (first.upstreams, first.names) == (
        {UPSTREAM: f"upstream_{UPSTREAM.replace('-', '')}"},
        ("www.example.com",),
    )


def test_an_upstream_over_tls_is_asked_for_by_its_own_name() -> None:
    tls = checked_upstream(
        UpstreamSpec(
            servers=(UpstreamServer(address="10.0.0.5:443"),), tls=UpstreamTls(server_name="app.example")
        )
    )
    text = render(host(Location(path="/", upstream_id=UPSTREAM), upstream=tls), NEW, has_ipv6=False).text
    assert f"proxy_pass https://upstream_{UPSTREAM.replace('-', '')};" in text
    assert "proxy_ssl_name app.example;" in text
    assert "proxy_ssl_verify on;" in text


def test_a_server_on_a_node_has_its_address_and_is_drained_with_it() -> None:
    spec = UpstreamSpec(
        servers=(
            UpstreamServer(node="n1", port=80),
            UpstreamServer(node="n2", port=81),
            UpstreamServer(node="gone", port=82),
        )
    )
    nodes = {"n1": NodeAddress("fd00::1"), "n2": NodeAddress("100.64.0.2", drained=True)}
    made = edge_upstream(UPSTREAM, 3, spec, nodes)
    assert [(server.address, server.drained) for server in made.servers] == [
        ("[fd00::1]:80", False),
        ("100.64.0.2:81", True),
    ]
    assert (made.owner, made.version) == (f"upstream/{UPSTREAM}", 3)


def test_a_host_answers_the_port_that_redirects_too() -> None:
    spec = VirtualHostSpec(server_name=(".example.com", "a.example"), ssl_certificate_id="c")
    assert answered(spec) == (
        ("example.com", 80),
        ("*.example.com", 80),
        ("a.example", 80),
        ("example.com", 443),
        ("*.example.com", 443),
        ("a.example", 443),
    )


def test_a_template_that_fails_says_its_line() -> None:
    bad = host(Location(path="/", redirect="/x"))._replace(
        template=UsedTemplate("t", 1, "server {\n    lua_code_cache off;\n}\n")
    )
    with pytest.raises(ValidationError, match="line 2: the directive 'lua_code_cache'"):
        render(bad, NEW, has_ipv6=False)


_hostile = st.text(st.sampled_from(" \\\"'$;{}#ab/\n\r\x00é~*()[].:%"), max_size=12)
_PLACES: dict[str, Callable[[str], tuple[Location, dict[str, Any]]]] = {
    "path": lambda text: (Location(path="/" + text, redirect="/x"), {}),
    "exact": lambda text: (Location(path="= /" + text, upstream_id=UPSTREAM), {}),
    "pattern": lambda text: (Location(path="~ a" + text, redirect="/x"), {}),
    "redirect": lambda text: (Location(path="/", redirect="https://a.example/" + text), {}),
    "upstream_path": lambda text: (Location(path="/", upstream_id=UPSTREAM, upstream_path="/" + text), {}),
    "proxy_pass": lambda text: (Location(path="/", proxy_pass="http://10.0.0.5:80/" + text), {}),
    "proxy_host": lambda text: (Location(path="/", proxy_pass="http://a" + text), {}),
    "root": lambda text: (Location(path="/", root="/srv/a" + text), {}),
    "index": lambda text: (Location(path="/", root="/srv", index="a" + text), {}),
    "header": lambda text: (Location(path="/", redirect="/x", custom_headers=(Header("X-A", text),)), {}),
    "request_header": lambda text: (
        Location(path="/", upstream_id=UPSTREAM, request_headers=(Header("X-B", text),)),
        {},
    ),
    "rewrite": lambda text: (
        Location(path="/", redirect="/x", rewrite_rules=(RewriteRule("a" + text, "/b"),)),
        {},
    ),
    "replacement": lambda text: (
        Location(path="/", redirect="/x", rewrite_rules=(RewriteRule("a", "/b" + text),)),
        {},
    ),
    "allow": lambda text: (Location(path="/", redirect="/x", allow=("10.0.0.1" + text,)), {}),
    "allowed_zone": lambda text: (Location(path="/", redirect="/x", allow=("fe80::1%a" + text,)), {}),
    "server_name": lambda text: (Location(path="/", redirect="/x"), {"server_name": ("a" + text,)}),
    "trusted_proxies": lambda text: (
        Location(path="/", redirect="/x"),
        {"trusted_proxies": ("10.0.0.1" + text,)},
    ),
    "trusted_zone": lambda text: (
        Location(path="/", redirect="/x"),
        {"trusted_proxies": (f"fe80::%a{text}/64",)},
    ),
}


def _structure(place: str, text: str) -> list[tuple[str, tuple[str, ...]]] | None:
    """None: the rules refuse it."""
    location, more = _PLACES[place](text)
    try:
        made = render(host(location, **more), CLASSES["1.22"], has_ipv6=False).text
    except ValidationError:
        return None
    return [(found.name, found.blocks) for found in directives(made)]


@pytest.mark.parametrize("place", ["allowed_zone", "trusted_zone"])
def test_a_zone_which_could_be_any_text_is_none(place: str) -> None:
    assert _structure(place, "; } server { listen 666; #") is None
    assert _structure(place, "") is None


@given(st.sampled_from(sorted(_PLACES)), _hostile)
def test_no_value_of_a_virtual_host_changes_the_structure(place: str, value: str) -> None:
    """What the rules take has the directives that a harmless value has."""
    made = _structure(place, value)
    if made is not None:
        assert made in (_structure(place, ""), _structure(place, "b"))
