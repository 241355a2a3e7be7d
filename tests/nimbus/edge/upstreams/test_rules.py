"""What an operator can say of an upstream, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from nimbus.edge.upstreams.records import Algorithm, UpstreamCheck, UpstreamServer, UpstreamSpec, UpstreamTls
from nimbus.edge.upstreams.rules import checked, server_address
from nimbus.kernel.errors import ValidationError

A = UpstreamServer(address="10.0.0.5:8080")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" 10.0.0.5:8080 ", "10.0.0.5:8080"),
        ("10.0.0.5:08080", "10.0.0.5:8080"),
        ("[2001:DB8:0::1]:8080", "[2001:db8::1]:8080"),
        ("App.Example.com.:80", "app.example.com:80"),
        ("bücher.example:80", "xn--bcher-kva.example:80"),
        ("unix:/run/app.sock", "unix:/run/app.sock"),
        ("unix:/srv/shop/app.sock", "unix:/srv/shop/app.sock"),
    ],
)
def test_an_address_has_one_spelling(given: str, kept: str) -> None:
    assert server_address(given, "address") == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "10.0.0.5",
        "10.0.0.5:0",
        "10.0.0.5:65536",
        "10.0.0.5:80:90",
        "10.0.0.256:80",
        "2001:db8::1:8080",
        "[fe80::1%eth0]:80",
        "*.example.com:80",
        ".example.com:80",
        "a b:80",
        "app.example:80;",
        "app.example:80 backup",
        "$host:80",
        "app.example\n:80",
        "http://10.0.0.5:80",
        "unix:app.sock",
        "unix:/etc/passwd",
        "unix:/run/../etc/x",
        "unix:/run/docker.sock",
        "unix:/run/systemd/private",
        "unix:/run/nimbus-agent/edge/challenges.sock",
        "unix:/run/app.sock:/x",
    ],
)
def test_what_is_no_address_is_refused_at_its_field(given: str) -> None:
    with pytest.raises(ValidationError) as caught:
        server_address(given, "servers[0].address")
    assert caught.value.details[0]["field"] == "servers[0].address"


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"servers": ()}, "servers"),
        ({"servers": (A, A)}, "servers[1]"),
        ({"servers": (UpstreamServer(),)}, "servers[0]"),
        ({"servers": (UpstreamServer(address="10.0.0.5:80", node="web-1", port=80),)}, "servers[0]"),
        ({"servers": (UpstreamServer(address="10.0.0.5:80", port=80),)}, "servers[0].port"),
        ({"servers": (UpstreamServer(node="web-1"),)}, "servers[0].port"),
        ({"servers": (UpstreamServer(instance="vm-1", port=80),)}, "servers[0].instance"),
        ({"servers": (UpstreamServer(volume_server="v-1", port=80),)}, "servers[0].volume_server"),
        ({"servers": (UpstreamServer(address="10.0.0.6:80", backup=True),)}, "servers"),
        (
            {
                "servers": (A, UpstreamServer(address="10.0.0.6:80", backup=True)),
                "algorithm": Algorithm.IP_HASH,
            },
            "servers[1].backup",
        ),
        ({"health_check": UpstreamCheck(path="health")}, "health_check.path"),
        ({"health_check": UpstreamCheck(path="/a b")}, "health_check.path"),
        ({"health_check": UpstreamCheck(host="*.example.com")}, "health_check.host"),
        ({"health_check": UpstreamCheck(interval=2, timeout=5)}, "health_check.timeout"),
        ({"tls": UpstreamTls()}, "tls.server_name"),
        ({"tls": UpstreamTls(server_name="*.example.com")}, "tls.server_name"),
        ({"tls": UpstreamTls(server_name="a;b")}, "tls.server_name"),
        ({"tls": UpstreamTls(server_name="a.example", ca_certificates="x")}, "tls.ca_certificates"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(spec: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        checked(UpstreamSpec(**{"servers": (A,), **spec}))
    assert [detail["field"] for detail in caught.value.details] == [field]


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        checked(
            UpstreamSpec(
                servers=(UpstreamServer(address="x"), A, UpstreamServer(node="web-1")),
                health_check=UpstreamCheck(path="x"),
            )
        )
    fields = [detail["field"] for detail in caught.value.details]
    assert fields == ["servers[0].address", "servers[2].port", "health_check.path"]


def test_servers_of_one_name_need_no_name_for_tls() -> None:
    named = UpstreamServer(address="App.example:443")
    assert checked(UpstreamSpec(servers=(named,), tls=UpstreamTls())).servers[0].address == "app.example:443"
