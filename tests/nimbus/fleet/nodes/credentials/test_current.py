"""The certificate of a node, and what its deletion takes with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from nimbus.fleet.enrolment.records import RejoinRequest, TokenRequest
from nimbus.fleet.nodes.records import NodePatch
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.clock import to_rfc3339
from nimbus.kernel.errors import Forbidden, NotFound
from nimbus.kernel.routing import Target
from nimbus.protocol.join_token import decode_token
from nimbus.protocol.messages import JoinAnswer, RenewAnswer, RenewRequest
from tests.kit.records import ADMIN, join_request, key_and_csr
from tests.kit.slices import Slices, slices


async def joined(world: Slices, *, mesh: bool = False) -> JoinAnswer:
    made = await world.enrolment.tokens.issue(ADMIN, TokenRequest(name="web-1"))
    token = decode_token(made.token)
    return await world.enrolment.joining.join(join_request(token.secret, mesh=mesh), "192.0.2.1", "r-1")


async def renew(world: Slices, answer: JoinAnswer) -> RenewAnswer:
    """When it is time."""
    world.clock.advance(61 * 86400)
    serial = f"{x509.load_pem_x509_certificate(answer.certificate.encode()).serial_number:x}"
    return await world.enrolment.certification.renew(
        answer.node_id, serial, RenewRequest(csr=key_and_csr(2)[1])
    )


def fingerprint(pem: str) -> str:
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()


async def test_the_certificate_that_a_node_joined_with(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer = await joined(world)
        shown = (await world.nodes.show(ADMIN, Target("web-1"))).certificate
        assert shown is not None
        certificate = x509.load_pem_x509_certificate(answer.certificate.encode())
        assert shown.serial == f"{certificate.serial_number:x}"
        assert shown.fingerprint == fingerprint(answer.certificate)
        assert shown.not_after == to_rfc3339(round(certificate.not_valid_after_utc.timestamp() * 1_000_000))
        assert shown.issued_at == to_rfc3339(world.clock.now())
        assert shown.renewed_at is None


async def test_a_renewal_is_told(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer = await joined(world)
        renewed = await renew(world, answer)
        changed = await world.nodes.change(ADMIN, Target("web-1"), NodePatch(labels={"a": "b"}))
        shown = changed.certificate
        assert shown is not None
        assert shown.fingerprint == fingerprint(renewed.certificate)
        assert shown.renewed_at == shown.issued_at == to_rfc3339(world.clock.now())


async def test_one_from_before_fingerprints_were_kept(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await joined(world)
        await world.database.write(lambda tx: tx.execute("UPDATE node_certificates SET fingerprint = ''"))
        shown = (await world.nodes.show(ADMIN, Target("web-1"))).certificate
        assert shown is not None
        assert shown.fingerprint is None


async def test_a_node_without_one(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node()
        assert (await world.nodes.show(ADMIN, Target("web-1"))).certificate is None


async def test_what_a_deletion_takes_with_it(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        answer = await joined(world, mesh=True)
        await renew(world, answer)
        await world.enrolment.tokens.reissue(ADMIN, Target("web-1"), RejoinRequest())
        for _ in range(3):
            await world.add_task("web-1")
        before = await world.rows("SELECT COUNT(*) FROM audit_log")
        told = await world.enrolment.deletion.show(ADMIN, Target("web-1"))
        assert await world.rows("SELECT COUNT(*) FROM audit_log") == before
        assert (told.id, told.name, told.open_tasks, told.session_keys) == (answer.node_id, "web-1", 3, 0)
        assert len(told.certificates) == 2
        assert told.certificates[0].renewed_at is not None or told.certificates[1].renewed_at is not None
        node = await world.nodes.show(ADMIN, Target("web-1"))
        assert told.mesh is not None
        assert told.mesh.address == node.overlay_ip
        assert len(told.join_tokens) >= 1

        await world.enrolment.revocation.delete(ADMIN, Target("web-1"))
        with pytest.raises(NotFound):
            await world.enrolment.deletion.show(ADMIN, Target("web-1"))
        live = "SELECT COUNT(*) FROM node_certificates WHERE revoked_at IS NULL"
        assert await world.rows(live) == [(0,)]


async def test_an_expired_certificate_is_none_that_a_deletion_ends(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await joined(world)
        world.clock.advance(91 * 86400)
        assert (await world.enrolment.deletion.show(ADMIN, Target("web-1"))).certificates == ()


async def test_it_is_for_those_who_may_delete(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        await world.add_node()
        held = frozenset({Permission.AGENT_READ, Permission.AGENT_WRITE})
        other = Actor("user", "r", "r", Access(workspaces={world.workspace.id: held}))
        with pytest.raises(Forbidden):
            await world.enrolment.deletion.show(other, Target("web-1"))
