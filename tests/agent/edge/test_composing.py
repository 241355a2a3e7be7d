"""nginx's files from what is told and what is seen."""

from __future__ import annotations

import msgspec
import pytest

from agent.edge.composing import Sight, block, composed, names_in, target_of
from agent.edge.desired import DeltaUnknown, following
from nimbus.protocol.edge import (
    EdgeCertificate,
    EdgeDelta,
    EdgeDocument,
    EdgeFile,
    EdgeProbe,
    EdgeSection,
    EdgeSettings,
    EdgeUpstream,
    UpstreamTarget,
)


def upstream(*servers: UpstreamTarget, name: str = "up") -> EdgeUpstream:
    return EdgeUpstream(name, "upstream/u", 1, servers)


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("server ")]


def test_a_name_becomes_all_of_its_addresses() -> None:
    told = upstream(UpstreamTarget("app.example:80", weight=2), UpstreamTarget("unix:/run/a.sock"))
    sight = Sight({"app.example": ("192.0.2.2", "192.0.2.1", "2001:db8::1")})
    assert lines(block(told, sight)) == [
        "server 192.0.2.1:80 weight=2 max_fails=1 fail_timeout=10s;",
        "server 192.0.2.2:80 weight=2 max_fails=1 fail_timeout=10s;",
        "server [2001:db8::1]:80 weight=2 max_fails=1 fail_timeout=10s;",
        "server unix:/run/a.sock max_fails=1 fail_timeout=10s;",
    ]
    assert names_in(EdgeDocument(1, upstreams=(told,))) == {"app.example"}


def test_without_ipv6_only_what_has_nothing_else_gets_such_an_address() -> None:
    told = upstream(UpstreamTarget("both:80"), UpstreamTarget("six:80"))
    sight = Sight({"both": ("192.0.2.1", "2001:db8::1"), "six": ("2001:db8::6",)}, has_ipv6=False)
    assert [line.split()[1] for line in lines(block(told, sight))] == ["192.0.2.1:80", "[2001:db8::6]:80"]


@pytest.mark.parametrize(
    "target",
    [
        UpstreamTarget("192.0.2.1:80", down=True),
        UpstreamTarget("192.0.2.1:80", drained=True),
        UpstreamTarget("192.0.2.1:80"),
    ],
)
def test_what_is_off_drained_or_unwell_is_down(target: UpstreamTarget) -> None:
    sight = Sight(unwell={("up", "192.0.2.1:80")}) if not (target.down or target.drained) else Sight()
    assert lines(block(upstream(target), sight)) == ["server 192.0.2.1:80 max_fails=1 fail_timeout=10s down;"]


def test_a_name_that_does_not_resolve_stops_nothing() -> None:
    assert lines(block(upstream(UpstreamTarget("gone.example:80")), Sight())) == [
        "server 127.0.0.1:9 max_fails=1 fail_timeout=10s down;"
    ]


def test_the_files_of_a_generation() -> None:
    document = EdgeDocument(
        3, 3, head="# head\n", files=(EdgeFile("50-a", "d", "virtual_host/a", 2),), upstreams=(upstream(),)
    )
    files = composed(document, {"d": "server {}\n"}, Sight(), "3-1", "/run/loaded.sock")
    assert [file.name for file in files.files] == ["00-nginx", "01-agent", "10-up", "50-a"]
    assert (files.generation, files.mark) == (3, "3-1")
    assert 'return 200 "3-1"' in files.files[1].text


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("192.0.2.1:80", "192.0.2.1", "80"),
        ("[2001:db8::1]:8080", "2001:db8::1", "8080"),
        ("a.example:1", "a.example", "1"),
        ("unix:/run/a:b.sock", "", "/run/a:b.sock"),
    ],
)
def test_addresses_are_taken_apart(address: str, host: str, port: str) -> None:
    assert target_of(address) == (host, port)


def test_a_difference_changes_what_it_names() -> None:
    files = (EdgeFile("a", "1", "virtual_host/a", 1), EdgeFile("b", "2", "virtual_host/b", 1))
    probes = tuple(EdgeProbe(file.owner, f"{file.name}.example", 80, ssl=False) for file in files)
    before = EdgeDocument(
        4, 4, head="old", files=files, certificates=(EdgeCertificate("c", 1, "c", "1"),), probes=probes
    )
    changed = EdgeFile("a", "3", "virtual_host/a", 2)
    probe = EdgeProbe("virtual_host/a", "other.example", 443, ssl=True)
    delta = EdgeDelta(
        4,
        6,
        6,
        "new",
        settings=EdgeSettings(resolvers=("192.0.2.53",)),
        files=(changed,),
        probes=(probe,),
        removed_files=("b",),
        removed_certificates=("c", "unknown"),
    )
    after = following(before, EdgeSection(delta=delta))
    assert after == EdgeDocument(
        6, 6, EdgeSettings(resolvers=("192.0.2.53",)), "new", files=(changed,), probes=(probe,)
    )
    with pytest.raises(DeltaUnknown):
        following(before, EdgeSection(delta=msgspec.structs.replace(delta, since=3)))
