"""Which nodes relay, and who is told of them."""

from __future__ import annotations

from pathlib import Path

import trio

from nimbus.fleet.mesh.reconcile import MeshReconciler
from nimbus.fleet.nodes.records import Node, NodePatch
from nimbus.fleet.relay.relay_nodes import RelayNodes
from nimbus.kernel.routing import Target
from tests.kit.polling import eventually
from tests.kit.records import ADMIN, mesh_peer
from tests.kit.slices import Slices, slices


async def member(joined: Slices, name: str, address: str, **labels: str) -> Node:
    node = await joined.add_node(name, overlay_ip=address, labels=labels)
    await joined.database.write(lambda tx: joined.members.put(tx, mesh_peer(node.id, address)))
    return node


async def test_a_labelled_node_is_told_to_the_others_and_to_itself(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    async with slices(tmp_path) as joined:
        one = await member(joined, "one", "10.106.103.2")
        two = await member(joined, "two", "10.106.103.3")
        await member(joined, "not", "10.106.103.4", relay="false")
        present = {one.id, two.id}
        await MeshReconciler(joined.database, joined.members, joined.publication, None, None).start()
        relays = RelayNodes(
            joined.database, joined.nodes, joined.publication.places, lambda node_id: node_id in present
        )
        relays.subscribe(joined.bus)
        await relays.load()
        nursery.start_soon(relays.run)
        assert relays.told_to(one.id) == ()
        await joined.nodes.change(ADMIN, Target("two"), NodePatch(labels={"relay": "true"}))
        await eventually(lambda: relays.told_to(one.id) == ("10.106.103.3",), "the others hear of it")
        assert relays.told_to(two.id) == ("10.106.103.3",)
        # Who is no member has nobody to talk to.
        assert relays.told_to("nobody") == ()
        present.clear()
        assert relays.told_to(one.id) == ()
        assert relays.told_to(two.id) == ("10.106.103.3",)
        present.add(two.id)
        await joined.nodes.change(ADMIN, Target("two"), NodePatch(labels={"relay": None}))
        await eventually(lambda: relays.told_to(one.id) == (), "it relays no more")
        nursery.cancel_scope.cancel()
