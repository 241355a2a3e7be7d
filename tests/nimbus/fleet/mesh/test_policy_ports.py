"""Policies with ports through the public door: who is told what, who cannot keep it, what a change costs."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import trio

from nimbus.fleet.mesh.policy.records import MeshPolicy, PolicyRule, PolicyTest, Selector
from nimbus.fleet.mesh.policy.service import PolicyTestFailed
from nimbus.fleet.mesh.records import WhyQuery
from nimbus.fleet.nodes.records import NodeKeepsPorts
from nimbus.kernel.ids import new_id
from nimbus.protocol.messages import MeshPorts
from tests.kit import records
from tests.kit.polling import eventually_so
from tests.kit.records import ADMIN, heartbeat, mesh_key, mesh_peer
from tests.nimbus.fleet.mesh.test_border import World
from tests.nimbus.fleet.mesh.test_policy_service import Fleet, followed

LAB, PLAIN = Selector(workspace="lab"), Selector(workspace="default")
SHELL = MeshPolicy("deny", (PolicyRule("shell", "allow", PLAIN, LAB, ("tcp/22",)),))
IN, OUT = MeshPorts(incoming=("tcp/22",)), MeshPorts(outgoing=("tcp/22",))


async def say(w: World, *names: str, keep: bool) -> None:
    """These nodes say whether they keep ports, and are put where that belongs."""
    for name in names:
        w.slices.presence.heartbeat(w.ids[name], heartbeat(keeps_ports=keep))
    await w.slices.presence.flush()
    ids = [event.node_id for event in w.slices.bus.published if isinstance(event, NodeKeepsPorts)]
    assert set(ids) >= {w.ids[name] for name in names}
    await w.slices.database.write(lambda tx: w.slices.members.place_again(tx, sorted(set(ids))))


def opens(fleet: Fleet, name: str) -> dict[str, MeshPorts | None]:
    node = fleet.nodes[name]
    return {peer.name: node.ports_of(peer) for peer in node.peers.values() if peer.name != name}


async def test_each_end_is_told_what_is_open_between_the_two(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        await say(w, "a-1", "a-2", keep=True)
        preview = await w.policies.test(ADMIN, "", SHELL)
        assert (preview.joined, preview.parted, preview.widened, preview.narrowed) == (0, 0, 0, 1)
        [change] = preview.changes
        assert (change.from_, change.to, change.change) == ("a-1", "a-2", "narrowed")
        assert (change.opens, change.opened, change.rule) == (("tcp/22",), (), "shell")
        assert preview.keep_no_ports == []

        await w.policies.apply(ADMIN, "", SHELL, None)
        await fleet.follow()
        assert (opens(fleet, "a-1"), opens(fleet, "a-2")) == ({"a-2": OUT}, {"a-1": IN})
        explained = await w.mesh.why(ADMIN, WhyQuery(from_="a-1", to="a-2"))
        assert [finding.message for finding in explained.findings][:2] == [
            "a-1 may open tcp/22 on a-2 (rule 'shell')",
            "a-2 may open nothing on a-1",
        ]

        # Other ports are told without that any member has changed.
        wider = msgspec.structs.replace(SHELL.rules[0], ports=("tcp/22", "icmp"))
        preview = await w.policies.test(ADMIN, "", MeshPolicy("deny", (wider,)))
        assert (preview.widened, preview.changes[0].change) == (1, "widened")
        await w.policies.apply(ADMIN, "", MeshPolicy("deny", (wider,)), None)
        await fleet.follow()
        assert opens(fleet, "a-2") == {"a-1": MeshPorts(incoming=("tcp/22", "icmp"))}
        await w.policies.apply(ADMIN, "", MeshPolicy(), None)
        await fleet.follow()
        assert (opens(fleet, "a-1"), opens(fleet, "a-2")) == ({"a-2": None}, {"a-1": None})


async def test_a_join_costs_one_row_and_what_that_needs(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        await say(w, "a-1", "a-2", keep=True)
        await w.policies.apply(ADMIN, "", SHELL, None)
        await fleet.follow()
        node = records.node(new_id(), w.workspaces["lab"], "a-3")
        peer = mesh_peer(node.id, "10.106.103.9", name="a-3", public_key=mesh_key(9))
        w.ids["a-3"] = node.id
        await w.slices.database.write(lambda tx: w.slices.nodes.add(tx, node))
        await w.slices.database.write(lambda tx: w.slices.members.put(tx, peer))
        # Before it has said anything it gets no port, and nobody is told.
        assert (await fleet.follow()) == dict.fromkeys(fleet.nodes, 0)
        await say(w, "a-3", keep=True)
        told = await fleet.told("a-1")
        assert ([each.name for each in told.peers], list(told.ports.values())) == (["a-3"], [OUT])
        await fleet.follow()
        assert opens(fleet, "a-1") == {"a-2": OUT, "a-3": OUT}


async def test_who_keeps_no_ports_is_kept_apart_where_only_some_are_open(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        await say(w, "a-1", keep=True)
        assert (await w.policies.test(ADMIN, "", SHELL)).keep_no_ports == ["a-2"]
        assert (await w.policies.show(ADMIN, "")).keep_no_ports == []
        assert (await w.policies.test(ADMIN, "", MeshPolicy())).keep_no_ports == []
        await w.policies.apply(ADMIN, "", SHELL, None)
        assert (await w.policies.show(ADMIN, "")).keep_no_ports == ["a-2"]
        await fleet.follow()
        assert (fleet.knows("a-1"), fleet.knows("a-2")) == (set(), set())
        explained = await w.mesh.why(ADMIN, WhyQuery(from_="a-1", to="a-2"))
        assert (explained.path, "a-2 cannot close the others" in explained.summary) == ("down", True)
        await w.reconciler.start()
        apart = [w.slices.publication.is_kept_apart(w.ids[name]) for name in ("a-1", "a-2", "b-1")]
        assert apart == [False, True, False]
        # With everything open it needs nothing.
        both = PolicyRule("both", "allow", PLAIN, LAB)
        await w.policies.apply(ADMIN, "", MeshPolicy("deny", (both, *SHELL.rules)), None)
        await fleet.follow()
        assert opens(fleet, "a-1") == {"a-2": None}
        await w.policies.apply(ADMIN, "", SHELL, None)
        await say(w, "a-2", keep=True)
        await fleet.follow()
        assert opens(fleet, "a-2") == {"a-1": IN}
        await w.reconciler.start()
        assert not w.slices.publication.is_kept_apart(w.ids["a-2"])
        await say(w, "a-2", keep=False)
        await fleet.follow()
        assert (fleet.knows("a-1"), fleet.knows("a-2")) == (set(), set())


async def test_over_the_border_both_sides_say_which_ports(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        await say(w, "a-1", "a-2", "b-1", "b-2", keep=True)
        ours = PolicyRule("out", "allow", LAB, Selector(organization="other"), ("tcp/20-30", "icmp"))
        theirs = PolicyRule("in", "allow", Selector(organization="default"), Selector(), ("tcp/22-40",))
        await w.policies.apply(ADMIN, "default", MeshPolicy(rules=(ours,)), None)
        await fleet.follow()
        assert fleet.knows("a-2") == {"a-1"}
        await w.policies.apply(ADMIN, "other", MeshPolicy(rules=(theirs,)), None)
        await fleet.follow()
        both = ("tcp/22-30",)
        assert opens(fleet, "a-2") == {
            "a-1": None,
            "b-1": MeshPorts(outgoing=both),
            "b-2": MeshPorts(outgoing=both),
        }
        assert opens(fleet, "b-1") == {"b-2": None, "a-2": MeshPorts(incoming=both)}
        assert opens(fleet, "a-1") == {"a-2": None}


async def test_tests_of_ports_are_kept(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, _fleet):
        for test, words in (
            (PolicyTest("a-1", "a-2", True, "tcp/80"), "a-1 could not open tcp/80 on a-2"),
            (
                PolicyTest("a-1", "a-2", False, "tcp/22"),
                r"a-1 could open tcp/22 on a-2 \(by the rule 'shell'\)",
            ),
            (PolicyTest("a-2", "a-1", True, "tcp/22"), "a-2 could not open tcp/22 on a-1"),
            (PolicyTest("a-1", "a-2"), "a-1 could open tcp/22 on a-2, and that nothing on a-1"),
        ):
            with pytest.raises(PolicyTestFailed, match=words):
                await w.policies.test(ADMIN, "", msgspec.structs.replace(SHELL, tests=(test,)))
        good = (PolicyTest("a-1", "a-2", True, "tcp/22"), PolicyTest("a-2", "a-1", False, "tcp/22"))
        await w.policies.test(ADMIN, "", msgspec.structs.replace(SHELL, tests=good))


async def test_what_a_node_says_of_itself_is_followed_also_after_a_crash(tmp_path: Path) -> None:
    async with followed(tmp_path) as (w, fleet):
        w.reconciler.subscribe(w.slices.bus)
        await w.policies.apply(ADMIN, "", SHELL, None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(w.reconciler.run)
            for name in ("a-1", "a-2"):
                w.slices.presence.heartbeat(w.ids[name], heartbeat(keeps_ports=True))
            await w.slices.presence.flush()

            async def know_each_other() -> bool:
                await fleet.follow()
                return (fleet.knows("a-1"), fleet.knows("a-2")) == ({"a-2"}, {"a-1"})

            await eventually_so(know_each_other, "both are told of each other")
            nursery.cancel_scope.cancel()
        # The report is stored, and the process dies before anything has come of it.
        w.slices.presence.heartbeat(w.ids["a-2"], heartbeat(keeps_ports=False))
        await w.slices.presence.flush()
        await w.reconciler.start()
        await fleet.follow()
        assert fleet.knows("a-1") == set()
