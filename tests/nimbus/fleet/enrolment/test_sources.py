"""The allow-list of agents' addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.fleet.enrolment.source_watch import NodeLeftSources, SourceWatch, host_of
from nimbus.fleet.enrolment.sources import AgentSources, SourceNotAllowed
from nimbus.settings.configuration import networks
from tests.kit import records
from tests.kit.slices import slices


def sources(text: str) -> AgentSources:
    return AgentSources(networks(text, "agent_sources"))


@pytest.mark.parametrize(
    ("allowed", "address", "is_in"),
    [
        ("", "192.0.2.1", True),
        ("", "", True),
        ("", "junk", True),
        ("192.0.2.0/24", "192.0.2.255", True),
        ("192.0.2.0/24", "192.0.3.0", False),
        ("192.0.2.0/24", "::ffff:192.0.2.1", True),
        ("192.0.2.0/24", "2001:db8::1", False),
        ("2001:db8::/32", "2001:db8::1", True),
        ("2001:db8::/32", "192.0.2.1", False),
        ("192.0.2.0/24, 2001:db8::/32", "2001:db8::1", True),
        ("192.0.2.0/24", "", False),
        ("192.0.2.0/24", "junk", False),
        ("192.0.2.0/24", "192.0.2.1:80", False),
    ],
)
def test_what_is_allowed(allowed: str, address: str, is_in: bool) -> None:
    assert sources(allowed).allows(address) is is_in
    if not is_in:
        with pytest.raises(SourceNotAllowed, match="is not among agent_sources") as raised:
            sources(allowed).check(address)
        assert raised.value.code == "SOURCE_NOT_ALLOWED"


def test_many_addresses_do_not_fill_the_memory() -> None:
    some = sources("10.0.0.0/8")
    for number in range(10_000):
        some.allows(f"192.0.{number // 256}.{number % 256}")
    assert len(some._known) <= 4096


@pytest.mark.parametrize(
    ("endpoint", "host"), [("192.0.2.1:5", "192.0.2.1"), ("[2001:db8::1]:5", "2001:db8::1"), ("", "")]
)
def test_the_host_of_an_endpoint(endpoint: str, host: str) -> None:
    assert host_of(endpoint) == host


async def test_the_watch_follows_members_that_roam(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as w:
        watch = SourceWatch(w.database, w.members, sources("192.0.2.0/24"), w.bus)
        left: list[str] = []
        w.bus.subscribe(NodeLeftSources, lambda event: left.append(event.node_id))
        for node_id, endpoint in (("a", "192.0.2.1:1"), ("b", "198.51.100.1:1"), ("c", "")):
            peer = records.mesh_peer(node_id, f"10.106.103.{ord(node_id)}", endpoint=endpoint)
            await w.database.write(lambda tx, peer=peer: w.members.put(tx, peer))  # type: ignore[misc]
        await watch.check()
        assert (watch.outside, left) == ({"b": "198.51.100.1"}, ["b"])
        await watch.check()
        assert left == ["b"]
        await w.database.write(lambda tx: w.members.set_endpoint(tx, "b", "192.0.2.9:1"))
        await w.database.write(lambda tx: w.members.set_endpoint(tx, "a", "203.0.113.1:1"))
        await watch.check()
        assert (watch.outside, left) == ({"a": "203.0.113.1"}, ["b", "a"])
        assert watch.admits("b")
        assert not watch.admits("a")
