"""Join tokens for several machines, and the list of what was created: so many join and no more, whatever races."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from nimbus.fleet.enrolment.records import JoinTokenQuery, JoinTokenView, TokenRequest
from nimbus.fleet.enrolment.rules import TokenExpired, TokenForSeveral, TokenRevoked, TokenUnknown, TokenUsed
from nimbus.kernel.errors import Conflict, NotFound, ValidationError
from nimbus.kernel.routing import Target
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.join_token import JoinToken, decode_token
from nimbus.protocol.messages import ClaimRequest
from tests.kit.records import ADMIN, STRANGER, join_request
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.enrolment.test_service import MESH, issue, join


def machine(number: int) -> str:
    return f"{number:064x}"


async def claim(world: Slices, token: JoinToken, number: int = 0) -> JoinToken:
    request = ClaimRequest(secret=token.secret, machine=machine(number))
    return decode_token((await world.enrolment.claims.claim(request, "192.0.2.9")).token)


async def listed(world: Slices, **query: object) -> list[JoinTokenView]:
    views, total = await world.enrolment.issued.list(ADMIN, JoinTokenQuery(**query))  # type: ignore[arg-type]
    assert total == len(views)
    return views


@MESH
async def test_as_many_machines_join_as_it_has_uses_also_when_they_race(tmp_path: Path, mesh: bool) -> None:
    async with slices(tmp_path, mesh=mesh) as world:
        token = await issue(world, uses=3, labels={"tier": "web"}, ttl="30d")
        assert (token.reusable, token.mesh) == (True, None)
        nodes: list[str] = []
        refused: list[NimbusError] = []

        async def come(number: int) -> None:
            try:
                own = await claim(world, token, number)
                assert (own.mesh is not None) is mesh
                nodes.append((await join(world, own, number)).node_id)
            except NimbusError as error:
                refused.append(error)

        async with trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(come, number)
        assert (len(set(nodes)), [type(error) for error in refused]) == (3, [TokenUsed] * 5)
        assert await world.rows("SELECT COUNT(*) FROM nodes") == [(3,)]
        [view] = await listed(world)
        assert (view.state, view.uses, view.uses_left, view.claimed) == ("used", 3, 0, 0)
        assert {node.id for node in view.nodes} == set(nodes)
        assert (view.created_by, view.workspace, view.labels) == ("admin", "default/default", {"tier": "web"})
        assert await listed(world, state="open") == []
        assert (await world.nodes.show(ADMIN, Target(nodes[0]))).labels == {"tier": "web"}


@MESH
async def test_a_machine_that_asks_again_is_given_the_same(tmp_path: Path, mesh: bool) -> None:
    async with slices(tmp_path, mesh=mesh) as world:
        token = await issue(world, uses=2)
        own = await claim(world, token)
        assert await claim(world, token) == own
        assert (await claim(world, token, 1)).secret != own.secret
        with pytest.raises(TokenUsed, match="all 2 uses"):
            await claim(world, token, 2)
        [view] = await listed(world)
        assert (view.state, view.uses_left, view.claimed) == ("open", 0, 2)
        answer = await join(world, own)
        # The answer was lost: what it asks with is as before.
        assert (await join(world, await claim(world, token))).node_id == answer.node_id


@MESH
async def test_a_claim_that_no_join_came_of_is_free_again(tmp_path: Path, mesh: bool) -> None:
    async with slices(tmp_path, mesh=mesh) as world:
        token = await issue(world, uses=2, ttl="1d")
        await join(world, await claim(world, token, 1), 1)
        await claim(world, token, 2)
        world.clock.advance(601)
        own = await claim(world, token, 3)
        with pytest.raises(TokenUsed):
            await claim(world, token, 2)
        world.clock.advance(601)
        with pytest.raises(TokenExpired):
            await join(world, own, 3)
        await join(world, await claim(world, token, 2), 2)
        assert await world.rows("SELECT COUNT(*) FROM nodes") == [(2,)]
        with pytest.raises(TokenUsed, match="2 machines"):
            await claim(world, token, 4)


async def test_what_is_revoked_or_over_lets_no_one_in(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        several, one = await issue(world, uses=5, ttl="1h"), await issue(world, name="web-1")
        joined, claimed = await claim(world, several, 1), await claim(world, several, 2)
        node = (await join(world, joined, 1)).node_id
        revoked = [
            await world.enrolment.issued.revoke(ADMIN, Target(view.id)) for view in await listed(world)
        ]
        assert {(view.state, view.revoked_by) for view in revoked} == {("revoked", "admin")}
        for token, number in ((claimed, 2), (one, 3)):
            with pytest.raises(TokenRevoked):
                await join(world, token, number)
        with pytest.raises(TokenRevoked):
            await claim(world, several, 4)
        with pytest.raises(Conflict, match="revoked already"):
            await world.enrolment.issued.revoke(ADMIN, Target(revoked[0].id))
        assert (await world.nodes.show(ADMIN, Target(node))).id == node
        assert await world.rows("SELECT COUNT(*) FROM audit_log WHERE action = 'join_token.revoke'") == [(2,)]
        # Only the one that was on its way still has the key of its token.
        assert await world.rows("SELECT COUNT(*) FROM mesh_provisional_peers") == [(1,)]
        short = await issue(world, uses=5, ttl="60s")
        world.clock.advance(61)
        with pytest.raises(TokenExpired):
            await claim(world, short)


async def test_what_is_no_token_for_several(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        one, several = await issue(world), await issue(world, uses=2)
        with pytest.raises(TokenUnknown):
            await claim(world, one)
        with pytest.raises(TokenForSeveral):
            await world.enrolment.joining.join(
                join_request(several.secret, sent_at=world.clock.now() / 1e6), "192.0.2.9", "r"
            )
        request = ClaimRequest(secret=several.secret, machine="me")
        with pytest.raises(ValidationError, match="machine"):
            await world.enrolment.claims.claim(request, "192.0.2.9")
        for wrong in ({"uses": 0}, {"uses": 1001}, {"uses": 2, "name": "web-1"}, {"uses": 2, "ttl": "91d"}):
            with pytest.raises(ValidationError):
                await world.enrolment.tokens.issue(ADMIN, TokenRequest(**wrong))
        with pytest.raises(ValidationError, match="7d"):
            await issue(world, ttl="8d")
        token_id = (await listed(world))[0].id
        for wrong_id in ("tokens", "0195c3d2-6e1f-7a41-9d6f-6a0c1f6f2f11"):
            with pytest.raises(NotFound):
                await world.enrolment.issued.revoke(ADMIN, Target(wrong_id))
        with pytest.raises(NotFound):
            await world.enrolment.issued.revoke(STRANGER, Target(token_id))
