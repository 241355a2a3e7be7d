"""Nobody joins with the WireGuard key of the control plane or of another node, by whatever way it comes in."""

from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.fleet.enrolment.records import RejoinRequest
from nimbus.fleet.mesh.members import MeshKeyTaken
from nimbus.http.errors import status_of
from nimbus.kernel.errors import Conflict
from nimbus.kernel.routing import Target
from nimbus.protocol.join_token import JoinToken, decode_token
from nimbus.protocol.messages import JoinComplete
from nimbus.wireguard.keys import public_key
from tests.kit.records import ADMIN, mesh_key
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.enrolment.test_service import issue, join


async def published(world: Slices) -> dict[str, str]:
    peers = await world.database.read(world.members.present)
    return {peer.name: peer.public_key for peer in peers}


async def made_member(world: Slices, name: str, number: int) -> JoinToken:
    token = await issue(world, name=name)
    await join(world, token, number)
    await world.enrolment.joining.complete(JoinComplete(secret=token.secret))
    await world.shake_hands()
    return token


async def refused(world: Slices, token: JoinToken, number: int, key: str) -> None:
    before = await world.rows("SELECT * FROM nodes"), await published(world)
    with pytest.raises(MeshKeyTaken) as caught:
        await join(world, token, number, mesh_key=key)
    assert status_of(caught.value) == 409
    assert "leave --force" in caught.value.next_step
    assert (await world.rows("SELECT * FROM nodes"), await published(world)) == before


async def test_not_with_the_control_planes_which_is_in_every_token(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        await made_member(world, "web-1", 1)
        token = await issue(world)
        assert token.mesh is not None
        await refused(world, token, 2, token.mesh.peer_key)
        # The token is as good as before.
        await join(world, token, 2)


async def test_not_with_a_members_nor_with_one_that_has_not_shaken_hands_yet(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        await made_member(world, "web-1", 1)
        await join(world, await issue(world, name="web-2"), 2)
        for number in (1, 2):
            await refused(world, await issue(world), 7, mesh_key(number))
        assert await published(world) == {"web-1": mesh_key(1)}


async def test_not_with_the_provisional_key_of_a_token_its_own_included(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        own, other = await issue(world), await issue(world)
        for token in (own, other):
            assert token.mesh is not None
            await refused(world, own, 1, public_key(token.mesh.private_key))


@pytest.mark.parametrize("complete", [False, True])
async def test_not_with_the_key_of_a_node_that_waits_for_approval(tmp_path: Path, complete: bool) -> None:
    async with slices(tmp_path, mesh=True) as world:
        token = await issue(world, name="web-1", approve=True)
        await join(world, token, 1)
        if complete:
            await world.enrolment.joining.complete(JoinComplete(secret=token.secret))
        for approve in (True, False):
            await refused(world, await issue(world, approve=approve), 2, mesh_key(1))
        await world.enrolment.approvals.approve(ADMIN, Target("web-1"))
        await refused(world, await issue(world), 2, mesh_key(1))


async def test_approval_looks_again(tmp_path: Path) -> None:
    """In a database from before, two may have joined with one key."""
    async with slices(tmp_path, mesh=True) as world:
        await join(world, await issue(world, name="web-1", approve=True), 1)
        await made_member(world, "web-2", 2)
        await world.database.write(
            lambda tx: tx.execute("UPDATE nodes SET mesh_key = ? WHERE name = 'web-1'", (mesh_key(2),))
        )
        with pytest.raises(MeshKeyTaken, match="web-1") as caught:
            await world.enrolment.approvals.approve(ADMIN, Target("web-1"))
        assert "nimbus node reject web-1" in caught.value.next_step
        assert await published(world) == {"web-2": mesh_key(2)}
        assert (await world.nodes.show(ADMIN, Target("web-1"))).approval == "waiting"


async def test_a_node_that_joins_again_may_keep_its_own_and_takes_nobody_elses(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        await made_member(world, "web-1", 1)
        await made_member(world, "web-2", 2)

        async def again() -> JoinToken:
            view = await world.enrolment.tokens.reissue(ADMIN, Target("web-1"), RejoinRequest())
            return decode_token(view.token)

        token = await again()
        await refused(world, token, 3, mesh_key(2))
        await join(world, token, 3, mesh_key=mesh_key(1))
        await world.enrolment.joining.complete(JoinComplete(secret=token.secret))
        assert await published(world) == {"web-1": mesh_key(1), "web-2": mesh_key(2)}
        token = await again()
        await join(world, token, 4)
        assert (await published(world))["web-1"] == mesh_key(1), "the new key has not shaken hands"
        await world.enrolment.joining.complete(JoinComplete(secret=token.secret))
        await world.shake_hands()
        assert (await published(world))["web-1"] == mesh_key(4)


async def test_the_keys_of_a_node_that_was_deleted_are_free(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        await made_member(world, "web-1", 1)
        await join(world, await issue(world, name="web-2"), 2)
        for name in ("web-1", "web-2"):
            await world.enrolment.revocation.delete(ADMIN, Target(name))
        for number in (1, 2):
            await join(world, await issue(world), number)


async def test_the_database_itself_holds_it(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        await made_member(world, "web-1", 1)
        await made_member(world, "web-2", 2)
        for column in ("public_key", "address"):
            sql = f"UPDATE mesh_peers SET {column} = (SELECT {column} FROM mesh_peers WHERE name = 'web-1')"
            with pytest.raises(Conflict, match="contradicts"):
                await world.database.write(lambda tx, sql=sql: tx.execute(sql))  # type: ignore[misc]


async def test_what_a_deletion_takes_with_it_names_a_candidate_too(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        await join(world, await issue(world, name="web-1"), 1)
        preview = await world.enrolment.deletion.show(ADMIN, Target("web-1"))
        assert preview.mesh is not None
        assert preview.mesh.public_key == mesh_key(1)


async def test_a_control_plane_without_the_mesh_lets_nobody_into_it(tmp_path: Path) -> None:
    """It does not know the key of the one with the mesh, on the same database, which somebody could join with."""
    async with slices(tmp_path, mesh=True) as world, slices(tmp_path, mesh=False) as without:
        token = await issue(world, name="web-1")
        with pytest.raises(Conflict, match="leads into a mesh"):
            await join(without, token, mesh_key=mesh_key(999))
        assert await world.rows("SELECT * FROM nodes") == []
        await join(world, token)
