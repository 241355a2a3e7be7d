"""Which certificate is accepted: what is revoked stays revoked, what is only not known is asked of the database."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from nimbus.fleet.enrolment.records import RejoinRequest
from nimbus.fleet.nodes.credentials.recognition import Recognition
from nimbus.http.agents.messages import AgentResponse
from nimbus.http.agents.responses import CERTIFICATE_REVOKED, CERTIFICATE_UNKNOWN
from nimbus.http.agents.tls import PeerCertificate
from nimbus.http.mtls import CertificateIndex
from nimbus.kernel.clock import from_seconds
from nimbus.kernel.routing import Target
from nimbus.protocol.join_token import decode_token
from nimbus.protocol.messages import JoinAnswer
from tests.kit.polling import eventually
from tests.kit.records import ADMIN, key_and_csr
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.enrolment.test_service import issue, join

DAY = 86400.0


def shown(pem: str) -> PeerCertificate:
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return PeerCertificate(
        common_name=str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value),
        serial=f"{certificate.serial_number:x}",
        not_after=certificate.not_valid_after_utc.timestamp(),
        not_before=certificate.not_valid_before_utc.timestamp(),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
    )


async def joined(world: Slices, name: str = "web-1", number: int = 0) -> JoinAnswer:
    return await join(world, await issue(world, name=name), number)


def later(world: Slices, node_id: str, seconds: float = 60.0, number: int = 7) -> PeerCertificate:
    """A certificate of our authority that this database knows nothing of, issued after those that it knows."""
    at = world.clock.now() + from_seconds(seconds)
    return shown(world.authority.sign_node(key_and_csr(number)[1], node_id, at).pem)


async def again(world: Slices) -> CertificateIndex:
    """As after a start."""
    index = CertificateIndex(world.nodes, Recognition(world.audit), world.database)
    await index.load()
    return index


async def settled(world: Slices, certificate: PeerCertificate, source: str = "") -> str | AgentResponse:
    """The answer to whoever comes again."""
    index = world.certificates
    for _ in range(2):
        answer = index.identify(certificate, source)
        await eventually(lambda: certificate.serial not in index._asking, "the look into the database")
    return answer


@pytest.mark.parametrize("ahead", [0, 100 * DAY, -100 * DAY])
async def test_a_start_with_a_wrong_clock_costs_nobody_its_certificate(tmp_path: Path, ahead: float) -> None:
    async with slices(tmp_path) as world:
        answer, gone = await joined(world), await joined(world, "web-2", 2)
        await world.enrolment.revocation.delete(ADMIN, Target("web-2"))
        world.clock.jump(ahead)
        index = await again(world)
        index.forget_expired(world.clock.now())
        world.clock.jump(-ahead)
        world.certificates = index
        index.subscribe(world.bus)
        assert await settled(world, shown(answer.certificate)) == answer.node_id
        assert await settled(world, shown(gone.certificate)) is CERTIFICATE_REVOKED


async def test_a_node_that_renewed_after_the_backup_is_taken_back(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer = await joined(world)
        certificate = later(world, answer.node_id)
        assert world.certificates.identify(certificate, "192.0.2.9") is CERTIFICATE_UNKNOWN
        assert await settled(world, certificate, "192.0.2.9") == answer.node_id
        # It is known from then on, and the audit log tells.
        assert (await again(world)).identify(certificate, "") == answer.node_id
        [(action, name, diff, source)] = await world.rows(
            "SELECT action, resource_name, diff, source FROM audit_log WHERE action LIKE '%adopt%'"
        )
        assert (action, name, source) == ("node.adopt_certificate", "web-1", "192.0.2.9")
        assert certificate.serial in diff
        shown_now = (await world.nodes.show(ADMIN, Target("web-1"))).certificate
        assert shown_now is not None
        assert shown_now.fingerprint == certificate.fingerprint
        # The one before is as good as it was.
        assert world.certificates.identify(shown(answer.certificate), "") == answer.node_id


async def test_of_two_lost_certificates_the_older_one_was_replaced(tmp_path: Path) -> None:
    """A node joined again after the backup because its machine was stolen: both certificates are lost."""
    async with slices(tmp_path) as world:
        answer = await joined(world)
        stolen, present = later(world, answer.node_id, 60.0, 7), later(world, answer.node_id, 120.0, 8)
        assert await settled(world, present) == answer.node_id
        assert await settled(world, stolen) is CERTIFICATE_UNKNOWN


async def test_what_is_older_than_what_is_known_is_not_taken(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer = await joined(world)
        assert await settled(world, later(world, answer.node_id, -1.0)) is CERTIFICATE_UNKNOWN


@pytest.mark.parametrize("how", ["deleted", "joined again"])
async def test_what_was_revoked_stays_revoked(tmp_path: Path, how: str) -> None:
    async with slices(tmp_path) as world:
        answer = await joined(world)
        if how == "deleted":
            await world.enrolment.revocation.delete(ADMIN, Target("web-1"))
        else:
            view = await world.enrolment.tokens.reissue(ADMIN, Target("web-1"), RejoinRequest())
            await join(world, decode_token(view.token), 5)
        certificate = shown(answer.certificate)
        for index in (world.certificates, await again(world)):
            assert index.identify(certificate, "") is CERTIFICATE_REVOKED
        # Also when memory has forgotten it, for a clock that was wrong for a while.
        world.certificates.forget_expired(world.clock.now() + from_seconds(400 * DAY))
        assert await settled(world, certificate) is CERTIFICATE_REVOKED
        if how == "deleted":
            # Nor does one come back that nobody has a record of.
            assert await settled(world, later(world, answer.node_id)) is CERTIFICATE_REVOKED


async def test_a_node_that_was_never_here_is_not_known(tmp_path: Path) -> None:
    """It joined after the backup: it has to join again, and nothing says that it was revoked."""
    async with slices(tmp_path) as world:
        assert (
            await settled(world, later(world, "11111111-1111-4111-8111-111111111111")) is CERTIFICATE_UNKNOWN
        )


async def test_through_a_mesh_a_lost_certificate_comes_from_its_nodes_address(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        answer = await joined(world)
        certificate = later(world, answer.node_id)
        assert await settled(world, certificate, "10.106.103.77") is CERTIFICATE_UNKNOWN
        assert await settled(world, certificate, "10.106.103.2") == answer.node_id


async def test_a_certificate_of_another_node_is_never_taken(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer, other = await joined(world), await joined(world, "web-2", 2)
        claimed = msgspec.structs.replace(shown(answer.certificate), common_name=other.node_id)
        assert await settled(world, claimed) is CERTIFICATE_REVOKED


async def test_expired_ones_are_forgotten(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer, gone = await joined(world), await joined(world, "web-2", 2)
        await world.enrolment.revocation.delete(ADMIN, Target("web-2"))
        index = world.certificates
        index.forget_expired(world.clock.now())
        assert (len(index._good), len(index._revoked)) == (1, 1)
        index.forget_expired(world.clock.now() + from_seconds(92 * DAY))
        assert (index._good, index._by_node, index._revoked) == ({}, {}, {})
        # The database knows them still.
        assert await settled(world, shown(answer.certificate)) == answer.node_id
        assert await settled(world, shown(gone.certificate)) is CERTIFICATE_REVOKED
