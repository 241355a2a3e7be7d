"""Renewal: when it is time, not too often, a few certificates at a time, and no signature in the writer's way."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import pytest
import trio
from cryptography import x509

from nimbus.fleet.enrolment.certification import LIVE_AT_MOST
from nimbus.fleet.enrolment.rules import RENEWAL_INTERVAL_S, RenewalTooEarly, check_renewal
from nimbus.fleet.nodes.records import CertificateRow
from nimbus.http.agents.responses import CERTIFICATE_REVOKED
from nimbus.http.errors import status_of
from nimbus.kernel.errors import Conflict, NotFound, RateLimited, Unavailable, ValidationError
from nimbus.kernel.routing import Target
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.messages import JoinAnswer, RenewAnswer, RenewRequest
from tests.kit.records import ADMIN, key_and_csr
from tests.kit.slices import Slices, slices
from tests.nimbus.fleet.enrolment.test_service import issue, join
from tests.nimbus.http.test_mtls import shown

DAY = 86400.0


def serial_of(answer: JoinAnswer | RenewAnswer) -> str:
    return f"{x509.load_pem_x509_certificate(answer.certificate.encode()).serial_number:x}"


async def renew(world: Slices, node_id: str, serial: str, csr: str = "") -> RenewAnswer:
    return await world.enrolment.certification.renew(
        node_id, serial, RenewRequest(csr=csr or key_and_csr(3)[1])
    )


async def test_a_renewal_leaves_the_certificate_that_asked(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer = await join(world, await issue(world))
        world.clock.advance(61 * DAY)
        renewed = await renew(world, answer.node_id, serial_of(answer))
        subject = x509.load_pem_x509_certificate(renewed.certificate.encode()).subject
        assert subject.rfc4514_string() == f"CN={answer.node_id}"
        assert await live(world) == {serial_of(answer), serial_of(renewed)}
        with pytest.raises(ValidationError):
            await renew(world, answer.node_id, serial_of(answer), "x")
        assert len(await world.rows("SELECT 1 FROM audit_log WHERE action = 'node.renew_certificate'")) == 1


async def live(world: Slices) -> set[str]:
    rows = await world.rows("SELECT serial FROM node_certificates WHERE revoked_at IS NULL")
    return {serial for (serial,) in rows}


async def test_not_before_half_of_its_life(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer = await join(world, await issue(world))
        for days in (0, 44):
            world.clock.advance(days * DAY)
            with pytest.raises(RenewalTooEarly) as early:
                await renew(world, answer.node_id, serial_of(answer))
            assert status_of(early.value) == 409
        assert await live(world) == {serial_of(answer)}
        world.clock.advance(2 * DAY)
        await renew(world, answer.node_id, serial_of(answer))


async def test_again_only_for_an_answer_that_was_lost(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer = await join(world, await issue(world))
        world.clock.advance(61 * DAY)
        await renew(world, answer.node_id, serial_of(answer))
        with pytest.raises(RateLimited) as soon:
            await renew(world, answer.node_id, serial_of(answer))
        assert soon.value.retry_after == RENEWAL_INTERVAL_S
        world.clock.advance(60)
        await renew(world, answer.node_id, serial_of(answer))


async def test_of_many_at_once_one_is_made(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer = await join(world, await issue(world))
        world.clock.advance(61 * DAY)
        made: list[RenewAnswer] = []
        refused: list[NimbusError] = []

        async def ask() -> None:
            try:
                made.append(await renew(world, answer.node_id, serial_of(answer)))
            except NimbusError as error:
                refused.append(error)

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(ask)
        assert len(made) == 1
        assert {type(error) for error in refused} == {RateLimited}


async def test_a_node_has_a_few_at_most_and_the_one_in_use_stays(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        answer = await join(world, await issue(world))
        world.clock.advance(61 * DAY)
        asking, made = serial_of(answer), []
        for _ in range(5):
            made.append(serial_of(await renew(world, answer.node_id, asking)))
            world.clock.advance(60)
        assert LIVE_AT_MOST == 3
        assert await live(world) == {asking, *made[-2:]}
        for serial in made[:3]:
            assert serial in world.certificates._revoked
        assert set(world.certificates._by_node[answer.node_id]) == {asking, *made[-2:]}


async def test_a_join_that_is_repeated_does_not_collect_them(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        token = await issue(world)
        answers = []
        for _ in range(6):
            answers.append(await join(world, token))
            world.clock.advance(1)
        assert len(await live(world)) == LIVE_AT_MOST
        assert world.certificates.identify(shown(answers[-1].certificate), "") == answers[-1].node_id
        assert world.certificates.identify(shown(answers[0].certificate), "") is CERTIFICATE_REVOKED


async def test_only_the_nodes_own_certificate_asks(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        first = await join(world, await issue(world), 1)
        other = await join(world, await issue(world), 2)
        world.clock.advance(61 * DAY)
        for serial in ("", "1", serial_of(other)):
            with pytest.raises(Conflict, match="not this node's"):
                await renew(world, first.node_id, serial)
        await world.enrolment.revocation.delete(ADMIN, Target(first.node_id))
        with pytest.raises(NotFound):
            await renew(world, first.node_id, serial_of(first))


async def test_nothing_is_signed_on_the_writers_thread_or_trios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with slices(tmp_path) as world:
        writer = await world.database.write(lambda _tx: threading.get_ident())
        signers: list[int] = []
        real = world.authority.sign_node

        def noting(csr: str, node_id: str, now: int) -> object:
            signers.append(threading.get_ident())
            return real(csr, node_id, now)

        monkeypatch.setattr(world.authority, "sign_node", noting)
        answer = await join(world, await issue(world))
        world.clock.advance(61 * DAY)
        await renew(world, answer.node_id, serial_of(answer))
        assert len(signers) == 2
        assert not {writer, threading.get_ident()} & set(signers)


async def test_a_request_without_a_good_token_is_not_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with slices(tmp_path) as world:
        token = await issue(world)
        await join(world, token)
        monkeypatch.setattr(world.authority, "sign_node", None)
        with pytest.raises(NimbusError, match="used already"):
            await join(world, token, 1)


async def test_one_machine_that_asks_twice_at_once_has_one_node(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        token = await issue(world)
        answers: list[JoinAnswer] = []

        async def ask() -> None:
            with contextlib.suppress(Unavailable):  # the agent asks again
                answers.append(await join(world, token))

        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(ask)
        assert answers
        assert len({answer.node_id for answer in answers}) == 1
        for answer in answers[-2:]:
            assert shown(answer.certificate).common_name == answer.node_id
        assert await world.rows("SELECT COUNT(*) FROM nodes") == [(1,)]


def row(serial: str, issued_at: float, expires_at: float = 90 * DAY) -> CertificateRow:
    return CertificateRow(serial, "n", round(issued_at * 1e6), round(expires_at * 1e6))


def test_a_clock_that_went_back_does_not_block_renewals() -> None:
    """The newest was issued in what is now the future."""
    good = [row("new", 80 * DAY, 170 * DAY), row("old", 0.0)]
    check_renewal(good, "old", round(60 * DAY * 1e6), 0)
    with pytest.raises(RenewalTooEarly):
        check_renewal(good, "new", round(60 * DAY * 1e6), 0)


def test_a_certificate_of_an_earlier_authority_is_renewed_at_any_age() -> None:
    began_at = round(10 * DAY * 1e6)
    check_renewal([row("old", 9 * DAY)], "old", round(10 * DAY * 1e6), began_at)
    with pytest.raises(RenewalTooEarly):
        check_renewal([row("new", 10 * DAY)], "new", round(11 * DAY * 1e6), began_at)
