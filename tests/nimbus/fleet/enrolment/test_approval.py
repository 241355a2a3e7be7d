"""The waiting room: what a node that is not approved is to the control plane and to the mesh."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nimbus.fleet.enrolment.records import Rejection, RejoinRequest, TokenRequest
from nimbus.fleet.mesh import store as mesh_store
from nimbus.fleet.mesh.rules import device_peers
from nimbus.fleet.nodes.records import NodeApproved, NodeHeld, NodeState
from nimbus.fleet.nodes.waiting import WaitingRoom
from nimbus.kernel.access import Actor
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, PreconditionFailed
from nimbus.kernel.routing import Target
from nimbus.protocol.join_token import decode_token
from nimbus.protocol.messages import JoinAnswer, JoinComplete
from tests.kit import records
from tests.kit.slices import Slices, slices

ADMIN = records.ADMIN


@asynccontextmanager
async def waiting(folder: Path, *, mesh: bool = True) -> AsyncIterator[tuple[Slices, JoinAnswer, str]]:
    """A node that has joined and waits, with the secret of its token."""
    async with slices(folder, mesh=mesh) as w:
        token = decode_token(
            (await w.enrolment.tokens.issue(ADMIN, TokenRequest(name="web-1", approve=True))).token
        )
        now = w.clock.now() / 1_000_000
        answer = await w.enrolment.joining.join(
            records.join_request(token.secret, mesh=mesh, sent_at=now), "192.0.2.5", "r"
        )
        yield w, answer, token.secret


async def members(w: Slices) -> list[str]:
    peers = await w.database.read(w.members.present)
    return [peer.node_id for peer in peers]


async def peers(w: Slices) -> dict[str, tuple[str, ...]]:
    """What the control plane's own device has."""

    def read(tx: Any) -> dict[str, tuple[str, ...]]:
        found = device_peers(
            mesh_store.present_members(tx), mesh_store.provisional_peers(tx), mesh_store.candidates(tx)
        )
        return {key: peer.allowed_ips for key, peer in found.items()}

    return await w.database.read(read)


async def test_it_has_an_identity_and_a_way_to_the_control_plane_and_is_in_nobodys_mesh(
    tmp_path: Path,
) -> None:
    async with waiting(tmp_path) as (w, answer, secret):
        assert answer.waiting
        assert answer.certificate
        assert await members(w) == []
        key = records.mesh_key()
        assert key not in await peers(w)
        await w.enrolment.joining.complete(JoinComplete(secret=secret))
        # Now its own key has its address, in the control plane's device alone.
        assert await peers(w) == {key: ("10.106.103.2/32",)}
        assert await members(w) == []
        assert NodeHeld(answer.node_id) in w.bus.published


@pytest.mark.parametrize("complete_first", [True, False])
async def test_approval_makes_it_a_member(tmp_path: Path, complete_first: bool) -> None:
    async with waiting(tmp_path) as (w, answer, secret):
        if complete_first:
            await w.enrolment.joining.complete(JoinComplete(secret=secret))
        w.endpoints[records.mesh_key()] = "192.0.2.5:4711"
        view = await w.enrolment.approvals.approve(ADMIN, Target("web-1"))
        assert (view.approval, view.revision) == ("approved", 2)
        if not complete_first:
            await w.enrolment.joining.complete(JoinComplete(secret=secret))
        assert await peers(w) == {records.mesh_key(): ("10.106.103.2/32",)}
        assert await members(w) == [], "its key has not been seen to be its own"
        await w.shake_hands()
        assert await members(w) == [answer.node_id]
        assert await peers(w) == {records.mesh_key(): ("10.106.103.2/32",)}
        peer = await w.database.read(lambda tx: w.members.get(tx, answer.node_id))
        assert peer is not None
        assert peer.endpoint == "192.0.2.5:4711"
        assert NodeApproved(answer.node_id) in w.bus.published
        with pytest.raises(Conflict, match="does not wait"):
            await w.enrolment.approvals.approve(ADMIN, Target("web-1"))


async def test_a_token_that_expires_instead_of_being_completed_does_the_same(tmp_path: Path) -> None:
    async with waiting(tmp_path) as (w, _answer, _secret):
        w.clock.advance(3600)
        await w.database.write(w.enrolment.tokens.close_expired)
        assert await peers(w) == {records.mesh_key(): ("10.106.103.2/32",)}
        assert await members(w) == []


async def test_rejection_leaves_nothing_of_it(tmp_path: Path) -> None:
    async with waiting(tmp_path) as (w, answer, secret):
        await w.enrolment.joining.complete(JoinComplete(secret=secret))
        await w.enrolment.approvals.reject(ADMIN, Target("web-1"), Rejection("not ours"))
        assert await peers(w) == {}
        assert await members(w) == []
        assert w.certificates._by_node == {}
        with pytest.raises(NotFound):
            await w.nodes.show(ADMIN, Target(answer.node_id))
        [(action, after)] = await w.rows("SELECT action, diff FROM audit_log WHERE action = 'node.reject'")
        assert (action, "not ours" in after) == ("node.reject", True)


async def test_deleting_and_leaving_take_the_peer_away_too(tmp_path: Path) -> None:
    async with waiting(tmp_path) as (w, answer, secret):
        await w.enrolment.joining.complete(JoinComplete(secret=secret))
        await w.enrolment.revocation.leave(answer.node_id, "192.0.2.5")
        assert await peers(w) == {}


async def test_a_node_that_waits_and_joins_again_still_waits(tmp_path: Path) -> None:
    async with waiting(tmp_path) as (w, answer, secret):
        await w.enrolment.joining.complete(JoinComplete(secret=secret))
        room = WaitingRoom()
        room.subscribe(w.bus)
        await room.load(w.database)
        again = decode_token(
            (await w.enrolment.tokens.reissue(ADMIN, Target("web-1"), RejoinRequest())).token
        )
        now = w.clock.now() / 1_000_000
        request = records.join_request(again.secret, mesh=True, number=1, sent_at=now)
        assert (await w.enrolment.joining.join(request, "192.0.2.5", "r")).waiting
        assert answer.node_id in room.nodes
        await w.enrolment.joining.complete(JoinComplete(secret=again.secret))
        assert await peers(w) == {records.mesh_key(1): ("10.106.103.2/32",)}
        assert await members(w) == []


async def test_it_gets_no_tasks(tmp_path: Path) -> None:
    async with waiting(tmp_path, mesh=False) as (w, _answer, _secret):
        with pytest.raises(Conflict, match="waits for approval"):
            await w.add_task("web-1")
        await w.enrolment.approvals.approve(ADMIN, Target("web-1"))
        await w.add_task("web-1")


async def test_it_is_pending_whatever_it_says(tmp_path: Path) -> None:
    async with waiting(tmp_path, mesh=False) as (w, answer, _secret):
        room = WaitingRoom()
        room.subscribe(w.bus)
        await room.load(w.database)
        presence = type(w.presence)(w.database, w.clock, 10.0, room.nodes)
        presence.heartbeat(answer.node_id, records.heartbeat())
        await presence.flush()
        shown = await w.nodes.show(ADMIN, Target("web-1"))
        assert (shown.state, shown.approval, presence.online()) == (NodeState.PENDING, "waiting", [])
        assert shown.last_seen_at is not None
        await w.enrolment.approvals.approve(ADMIN, Target("web-1"))
        presence.heartbeat(answer.node_id, records.heartbeat())
        await presence.flush()
        assert (await w.nodes.show(ADMIN, Target("web-1"))).state is NodeState.ONLINE


async def test_who_may_not_do_it_hears_why(tmp_path: Path) -> None:
    async with waiting(tmp_path, mesh=False) as (w, _answer, _secret):
        stranger: Actor = records.STRANGER
        for work in (
            w.enrolment.approvals.approve(stranger, Target("web-1")),
            w.enrolment.approvals.reject(stranger, Target("web-1"), Rejection()),
        ):
            with pytest.raises(Forbidden, match="lacks the permission"):
                await work
        with pytest.raises(PreconditionFailed):
            await w.enrolment.approvals.approve(ADMIN, Target("web-1", if_match=7))


@pytest.mark.parametrize(("approve", "waits"), [(None, False), (True, True), (False, False)])
async def test_what_a_token_says_goes_before_the_setting(
    tmp_path: Path, approve: bool | None, waits: bool
) -> None:
    async with slices(tmp_path) as w:
        made = await w.enrolment.tokens.issue(ADMIN, TokenRequest(approve=approve))
        request = records.join_request(decode_token(made.token).secret, sent_at=w.clock.now() / 1_000_000)
        assert (await w.enrolment.joining.join(request, "192.0.2.5", "r")).waiting is waits
