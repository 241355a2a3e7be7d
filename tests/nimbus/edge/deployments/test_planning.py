"""Which edge is to serve what, what comes and goes with it, and how it goes back. Pure."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from nimbus.edge.deployments.planning import (
    Candidate,
    certificate_entry,
    change_of,
    file_name,
    host_entries,
    is_targeted,
    notes_of,
    port_problems,
    restoring,
    upstream_entry,
    waves,
)
from nimbus.edge.deployments.records import DeployedObject
from nimbus.edge.dialects import dialect_of
from nimbus.edge.rendering.upstreams import NodeAddress
from nimbus.edge.rendering.virtual_hosts import HostVersion, UsedTemplate, UsedUpstream, render
from nimbus.edge.sections.records import Entry, EntryKind, FileBody
from nimbus.edge.sections.rules import file_body, upstream_body
from nimbus.edge.upstreams.records import UpstreamServer, UpstreamSpec
from nimbus.edge.virtual_hosts.configuration import Listen
from nimbus.edge.virtual_hosts.records import Location, Targets, VirtualHostSpec
from nimbus.protocol.edge import EdgeCertificate, EdgeProbe

A, B = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
U, V = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
NEW = dialect_of("nginx version: nginx/1.26.3 --with-http_v2_module --with-http_v3_module")
OLD = dialect_of("nginx version: nginx/1.22.1 --with-http_v2_module")
assert NEW
assert OLD
POOL = UpstreamSpec(servers=(UpstreamServer(address="192.0.2.1:80"), UpstreamServer(node="n1", port=8080)))


@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize(
    ("targets", "own", "shared"),
    [
        (Targets(kind="all"), True, True),
        (Targets(kind="workspace"), True, False),
        (Targets(kind="labels", labels={"tier": "edge"}), True, True),
        (Targets(kind="labels", labels={"tier": "edge", "zone": "b"}), False, False),
        (Targets(kind="node", node="n1"), True, True),
        (Targets(kind="node", node="n2"), False, False),
    ],
)
def test_targets(targets: Targets, own: bool, shared: bool, is_own: bool) -> None:
    edge = Candidate("n1", {"tier": "edge", "zone": "a"}, is_own)
    assert is_targeted(targets, edge) is (own if is_own else shared)


@pytest.mark.parametrize(
    ("count", "canary", "wave", "numbers"),
    [
        (1, False, 0, [0]),
        (1, True, 0, [0]),
        (4, False, 0, [0, 0, 0, 0]),
        (4, True, 0, [0, 1, 1, 1]),
        (5, True, 2, [0, 1, 1, 2, 2]),
        (5, False, 2, [0, 0, 1, 1, 2]),
        (3, False, 100, [0, 0, 0]),
    ],
)
def test_waves(count: int, canary: bool, wave: int, numbers: list[int]) -> None:
    assert waves([str(number) for number in range(count)], canary=canary, wave=wave) == numbers


def host(host_id: str, version: int, *upstreams: str, certificate: str = "", url: str = "") -> list[Entry]:
    """What an edge has of it."""
    locations = [Location(path=f"/{number}/", upstream_id=one) for number, one in enumerate(upstreams)] or [
        Location(path="/", proxy_pass=url or "http://192.0.2.9:80")
    ]
    spec = VirtualHostSpec(
        server_name=(f"v{version}.example.com", "*.example.com"),
        listen_port=443 if certificate else 80,
        ssl_enabled=bool(certificate),
        ssl_certificate_id=certificate or None,
        locations=tuple(locations),
    )
    used = {one: UsedUpstream(1, POOL) for one in upstreams}
    whole = HostVersion(host_id, version, spec, UsedTemplate("default", 0), used)
    assert NEW
    found = EdgeCertificate(certificate, 1, certificate, "0a") if certificate else None
    entries = host_entries(whole, render(whole, NEW, has_ipv6=False), found)
    entries += [upstream_entry(one, 1, POOL, {"n1": NodeAddress("10.90.0.2")}) for one in upstreams]
    return [*entries, certificate_entry(found)] if found else entries


def of(host_id: str, version: int) -> DeployedObject:
    return DeployedObject(f"virtual_host/{host_id}", "x", version)


def after(present: list[Entry], *, put: list[Entry], removed: list[Entry]) -> dict[object, Entry]:
    kept = {entry.key: entry for entry in present} | {entry.key: entry for entry in put}
    for entry in removed:
        assert kept.pop(entry.key, None) is not None, entry.key
    return kept  # type: ignore[return-value]


def names(entries: object) -> set[tuple[str, str]]:
    return {(entry.kind.value, entry.owner) for entry in entries.values()}  # type: ignore[attr-defined]


def test_what_a_host_brings_along() -> None:
    entries = host(A, 1, U, certificate="c1")
    [file] = [entry for entry in entries if entry.kind is EntryKind.FILE]
    body = file_body(file)
    assert file.name == file_name(A)
    assert ("v1.example.com", 443) in body.claims
    assert ("v1.example.com", 80) in body.claims
    assert (body.uses, body.certificate) == ({U: 1}, "c1")
    probes = [msgspec.json.decode(one.body, type=EdgeProbe) for one in entries if one.kind is EntryKind.PROBE]
    assert [(one.server_name, one.port, one.ssl) for one in probes] == [
        ("v1.example.com", 80, False),
        ("v1.example.com", 443, True),
    ]
    [pool] = [upstream_body(one) for one in entries if one.owner == f"upstream/{U}"]
    assert pool.nodes == ("", "n1")
    assert pool.told.servers[1].address == "10.90.0.2:8080"


def test_a_server_on_a_node_without_an_address_is_left_out_of_both_lists() -> None:
    body = upstream_body(upstream_entry(U, 1, POOL, {}))
    assert (len(body.told.servers), body.nodes) == (1, ("",))


def test_others_stay_as_they_are_and_what_nothing_uses_goes() -> None:
    present = [*host(A, 1, U), *host(B, 1, V)]
    change = change_of(present, [of(A, 2)], host(A, 2, V))
    now = after(present, put=change.put, removed=change.removed)
    assert f"upstream/{U}" not in {owner for _, owner in names(now)}
    assert {entry.version for entry in now.values() if entry.owner == f"virtual_host/{B}"} == {1}
    assert {entry.version for entry in now.values() if entry.owner == f"virtual_host/{A}"} == {2}


def test_a_host_that_leaves_takes_along_what_only_it_used() -> None:
    present = [*host(A, 1, U, V, certificate="c1"), *host(B, 1, V)]
    change = change_of(present, [of(A, 0)], [])
    now = after(present, put=change.put, removed=change.removed)
    assert names(now) == {(kind, owner) for kind, owner in names({e.key: e for e in host(B, 1, V)})}


def test_what_was_refused_goes_back_alone_with_what_it_used() -> None:
    before = [*host(A, 1, U), *host(B, 1)]
    put = [*host(A, 2, V, certificate="c1"), *host(B, 2, url="http://192.0.2.8:80")]
    change = change_of(before, [of(A, 2), of(B, 2)], put)
    now = after(before, put=change.put, removed=change.removed)
    touched = [entry for entry in before if now.get(entry.key) != entry]
    back = restoring(now, change.put, touched, {f"virtual_host/{A}"})  # type: ignore[arg-type]
    left = after(list(now.values()), put=back.put, removed=back.removed)
    assert {entry.version for entry in left.values() if entry.owner == f"virtual_host/{A}"} == {1}
    assert {entry.version for entry in left.values() if entry.owner == f"virtual_host/{B}"} == {2}
    assert f"upstream/{U}" in {entry.owner for entry in left.values()}


def test_all_of_it_goes_back_to_what_was_there() -> None:
    for old, new in itertools.product(([], host(A, 1, U), host(A, 1, U, certificate="c1")), repeat=2):
        before = [*old, *host(B, 1, V)]
        wanted = [msgspec.structs.replace(entry, version=2) for entry in new]
        change = change_of(before, [of(A, 2 if new else 0)], wanted)
        now = after(before, put=change.put, removed=change.removed)
        touched = {entry.key for entry in (*change.put, *change.removed)}
        was = [entry for entry in before if entry.key in touched]
        back = restoring(now, change.put, was, None)  # type: ignore[arg-type]
        left = after(list(now.values()), put=back.put, removed=back.removed)
        assert left == {entry.key: entry for entry in before}


def test_what_another_deployment_has_put_there_since_stays() -> None:
    put, later = host(A, 2), host(A, 3)
    now = {entry.key: entry for entry in later}
    back = restoring(now, put, host(A, 1), None)
    assert back == ([], [])


def test_a_port_is_with_tls_or_without() -> None:
    def file(name: str, *listens: Listen) -> Entry:
        body = msgspec.json.encode(FileBody(listens)).decode()
        return Entry(kind=EntryKind.FILE, name=name, body=body)

    plain, tls = Listen(8443, False, False, False), Listen(8443, True, False, True)
    assert port_problems([file("a", tls), file("b", tls, Listen(8443, True, True, False))]) == []
    [problem] = port_problems([file("a", tls), file("b", plain)])
    assert "8443" in problem


def test_what_an_nginx_cannot_do_is_said() -> None:
    spec = VirtualHostSpec(server_name=("a.example",), http3=True, ssl_certificate_id="c")
    assert NEW
    assert OLD
    assert notes_of(spec, NEW) == []
    assert notes_of(spec, OLD) == ["HTTP/3 is not used: nginx 1.22.1 cannot do it"]
