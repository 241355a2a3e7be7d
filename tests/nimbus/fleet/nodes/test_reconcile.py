"""What was revoked stays revoked, also for a database that is older than the revocation."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.fleet.enrolment.records import RejoinRequest
from nimbus.fleet.nodes.credentials.recognition import Recognition
from nimbus.fleet.nodes.reconcile import RevocationKeeper
from nimbus.http.agents.responses import CERTIFICATE_REVOKED
from nimbus.http.mtls import CertificateIndex
from nimbus.kernel.routing import Target
from nimbus.protocol.join_token import decode_token
from nimbus.trust.pki.revocations import RevocationList
from tests.kit.polling import eventually
from tests.kit.records import ADMIN
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.enrolment.test_service import issue, join
from tests.nimbus.http.test_mtls import later, shown


@asynccontextmanager
async def kept(world: Slices, file: Path) -> AsyncIterator[RevocationList]:
    revoked = RevocationList(file)
    keeper = RevocationKeeper(world.database, world.clock, world.audit, revoked)
    keeper.subscribe(world.bus)
    await keeper.load()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keeper.run)
        yield revoked
        nursery.cancel_scope.cancel()


async def index_of(world: Slices, revoked: RevocationList) -> CertificateIndex:
    index = CertificateIndex(world.nodes, Recognition(world.audit), world.database, revoked.listed)
    await index.load()
    return index


async def undo_the_deletion(world: Slices) -> None:
    """As a backup from before it."""

    def restore(tx: Any) -> None:
        tx.execute("UPDATE nodes SET deleted_at = NULL")
        tx.execute("UPDATE node_certificates SET revoked_at = NULL")

    await world.database.write(restore)


async def test_a_node_that_was_deleted_after_the_backup_does_not_come_back(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        file = tmp_path / "revoked"
        async with kept(world, file) as revoked:
            answer = await join(world, await issue(world, name="web-1"))
            certificate = shown(answer.certificate)
            await world.enrolment.revocation.delete(ADMIN, Target("web-1"))
            await eventually(lambda: certificate.serial in revoked.listed, "its line on the list")
        await undo_the_deletion(world)
        async with kept(world, file) as revoked:
            assert (await index_of(world, revoked)).identify(certificate, "") is CERTIFICATE_REVOKED
            assert (await world.nodes.show(ADMIN, Target("web-1"))).certificate is None
            [(diff,)] = await world.rows("SELECT diff FROM audit_log WHERE action = 'node.revoke_again'")
            assert certificate.serial in diff


async def test_nor_does_a_certificate_that_the_backup_never_had(tmp_path: Path) -> None:
    """Issued and revoked after the backup was made."""
    async with slices(tmp_path) as world:
        file = tmp_path / "revoked"
        answer = await join(world, await issue(world, name="web-1"))
        certificate = later(world, answer.node_id)
        file.write_text(f"{certificate.serial} {answer.node_id} {round(certificate.not_after)}\n")
        async with kept(world, file) as revoked:
            index = await index_of(world, revoked)
            assert index.identify(certificate, "") is CERTIFICATE_REVOKED
            assert index.identify(shown(answer.certificate), "") == answer.node_id


async def test_what_was_revoked_before_there_was_a_list_is_put_on_it(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        first = await join(world, await issue(world, name="web-1"), 1)
        view = await world.enrolment.tokens.reissue(ADMIN, Target("web-1"), RejoinRequest())
        await join(world, decode_token(view.token), 2)
        async with kept(world, tmp_path / "revoked") as revoked:
            serial = shown(first.certificate).serial
            await eventually(lambda: set(revoked.listed) == {serial}, "the first certificate")


async def test_a_list_that_cannot_be_written_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("nimbus.fleet.nodes.reconcile.RETRY_S", 0.01)
    async with slices(tmp_path) as world:
        answer = await join(world, await issue(world, name="web-1"))
        real = RevocationList.add
        failures = 2

        def add(self: RevocationList, revocations: Any) -> None:
            nonlocal failures
            if failures:
                failures -= 1
                raise OSError(errno.ENOSPC, "No space left on device")
            real(self, revocations)

        monkeypatch.setattr(RevocationList, "add", add)
        async with kept(world, tmp_path / "revoked") as revoked:
            await world.enrolment.revocation.delete(ADMIN, Target("web-1"))
            await eventually(lambda: shown(answer.certificate).serial in revoked.listed, "the line")
        assert "cannot be written" in caplog.text
