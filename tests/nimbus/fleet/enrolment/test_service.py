"""Enrolment on a real database: one-time means once, whatever races, repeats or expires."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import trio
import trio.testing
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from agent.identity import signing_request
from nimbus.fleet.enrolment.reconcile import TokenExpiry
from nimbus.fleet.enrolment.records import RejoinRequest, TokenRequest, parse_ttl
from nimbus.fleet.enrolment.rules import ClockSkewed, TokenExpired, TokenUnknown, TokenUsed, check_clock
from nimbus.fleet.nodes.records import CertificateIssued, NodeRevoked, NodeState
from nimbus.fleet.tasks.records import TaskClosed
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, ValidationError
from nimbus.kernel.routing import Target
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.join_token import JoinToken, decode_token
from nimbus.protocol.messages import Facts, JoinAnswer, JoinComplete, RenewRequest
from tests.kit.polling import eventually_so
from tests.kit.records import ADMIN, STRANGER, join_request, key_and_csr, mesh_key
from tests.kit.slices import Slices, slices

MESH = pytest.mark.parametrize("mesh", [False, True], ids=["plain", "mesh"])


async def issue(world: Slices, **request: object) -> JoinToken:
    return decode_token((await world.enrolment.tokens.issue(ADMIN, TokenRequest(**request))).token)  # type: ignore[arg-type]


async def join(world: Slices, token: JoinToken, number: int = 0, **fields: object) -> JoinAnswer:
    request = join_request(
        token.secret,
        number=number,
        mesh=token.mesh is not None,
        **{"sent_at": world.clock.now() / 1e6, **fields},
    )
    return await world.enrolment.joining.join(request, "192.0.2.9", "request-1")


@MESH
async def test_a_token_makes_one_node(tmp_path: Path, mesh: bool) -> None:
    async with slices(tmp_path, mesh=mesh) as world:
        token = await issue(world, name="Web-1", labels={"env": "prod"})
        answer = await join(world, token)
        view = await world.nodes.show(ADMIN, Target("web-1"))
        assert (view.id, view.state, view.labels) == (answer.node_id, NodeState.PENDING, {"env": "prod"})
        assert view.public_ip == "192.0.2.9"
        assert view.facts.os == "Debian 12"
        certificate = x509.load_pem_x509_certificate(answer.certificate.encode())
        assert certificate.subject.rfc4514_string() == f"CN={answer.node_id}"
        assert answer.workspace == "default/default"
        assert (answer.mesh is not None) is mesh
        assert view.overlay_ip == ("10.106.103.2" if mesh else None)


@MESH
async def test_where_a_member_of_the_mesh_is_reached_is_known_from_its_join_on(
    tmp_path: Path, mesh: bool
) -> None:
    async with slices(tmp_path, mesh=mesh) as world:
        said = ("192.168.1.5:4000",)
        answer = await join(world, await issue(world), mesh_endpoints=said)
        assert world.said == ({answer.node_id: said} if mesh else {})


async def test_a_machine_that_says_too_much_of_itself_is_cut_short(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        facts = Facts(hostname="x" * 200_000, capabilities=("y" * 1000,) * 500)
        answer = await join(world, await issue(world), facts=facts)
        [(hostname, stored)] = await world.rows("SELECT hostname, facts FROM nodes")
        assert len(hostname) < 1000
        assert len(stored) < 100_000
        await world.database.write(lambda tx: world.nodes.update_facts(tx, answer.node_id, facts))
        assert await world.rows("SELECT hostname, facts FROM nodes") == [(hostname, stored)]


@MESH
async def test_of_many_that_race_one_wins(tmp_path: Path, mesh: bool) -> None:
    async with slices(tmp_path, mesh=mesh) as world:
        token = await issue(world)
        answers: list[JoinAnswer] = []
        refused: list[NimbusError] = []

        async def join_with(number: int) -> None:
            try:
                answers.append(await join(world, token, number))
            except NimbusError as error:
                refused.append(error)

        async with trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(join_with, number)
        assert len(answers) == 1
        assert {type(error) for error in refused} == {TokenUsed}
        assert await world.rows("SELECT COUNT(*) FROM nodes") == [(1,)]
        assert await world.rows("SELECT COUNT(*) FROM node_certificates") == [(1,)]


@MESH
async def test_the_same_keys_are_answered_again(tmp_path: Path, mesh: bool) -> None:
    """The answer was lost. A signing request made anew for the same key differs in its random signature."""
    async with slices(tmp_path, mesh=mesh) as world:
        token = await issue(world)
        first = await join(world, token)
        again = await join(world, token, csr=signing_request(key_and_csr()[0]))
        assert again.node_id == first.node_id
        assert again.mesh == first.mesh
        with pytest.raises(TokenUsed):
            await join(world, token, 1)
        assert await world.rows("SELECT COUNT(*) FROM nodes") == [(1,)]
        assert len(await world.rows("SELECT 1 FROM audit_log WHERE action = 'node.join'")) == 1
        issued = [event.serial for event in world.bus.of(CertificateIssued)]  # type: ignore[attr-defined]
        assert len(issued) == 2


async def test_a_completed_join_is_not_answered_again(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        token = await issue(world)
        await join(world, token)
        for _ in range(2):
            await world.enrolment.joining.complete(JoinComplete(secret=token.secret))
        await world.enrolment.joining.complete(JoinComplete(secret="unknown"))
        with pytest.raises(TokenUsed):
            await join(world, token)
        assert await world.rows("SELECT COUNT(*) FROM mesh_provisional_peers") == [(0,)]
        assert await world.rows("SELECT owner, released_at FROM mesh_addresses") == [
            ((await world.rows("SELECT id FROM nodes"))[0][0], None)
        ]


async def test_completing_an_unused_token_does_nothing(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        token = await issue(world)
        await world.enrolment.joining.complete(JoinComplete(secret=token.secret))
        assert (await join(world, token)).node_id


@MESH
async def test_expiry_closes_and_gives_the_address_to_the_node(tmp_path: Path, mesh: bool) -> None:
    async with slices(tmp_path, mesh=mesh) as world:
        used, unused = await issue(world, ttl="1m"), await issue(world, ttl="2m")
        await join(world, used)
        world.clock.advance(60)
        following = await world.database.write(world.enrolment.tokens.close_expired)
        assert following == world.clock.now() + 60_000_000
        with pytest.raises(TokenUsed):
            await join(world, used)
        world.clock.advance(60)
        with pytest.raises(TokenExpired):
            await join(world, unused)
        assert await world.database.write(world.enrolment.tokens.close_expired) is None
        assert await world.rows("SELECT COUNT(*) FROM mesh_provisional_peers") == [(0,)]
        if mesh:
            held = await world.rows(
                "SELECT address, released_at IS NULL FROM mesh_addresses ORDER BY address"
            )
            assert [row[1] for row in held] == [1, 0]


async def test_an_unknown_secret_and_a_crooked_clock(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        token = await issue(world)
        with pytest.raises(TokenUnknown):
            await join(world, JoinToken(secret="x", expires_at=1, ca=b"", api_port=1))
        for off in (-301, 301):
            with pytest.raises(ClockSkewed, match="behind" if off < 0 else "ahead"):
                await join(world, token, sent_at=world.clock.now() / 1e6 + off)
        assert (await join(world, token, sent_at=world.clock.now() / 1e6 - 299)).node_id


@given(st.floats(-1e12, 1e12))
def test_a_clock_is_refused_exactly_outside_five_minutes(off: float) -> None:
    if abs(off) > 300:
        with pytest.raises(ClockSkewed):
            check_clock(1e9 + off, 1e9) if abs((1e9 + off) - 1e9) > 300 else check_clock(2e9, 1e9)
    else:
        check_clock(off, 0.0)


@pytest.mark.parametrize("csr", ["", "rubbish"])
async def test_a_refused_request_does_not_use_the_token_up(tmp_path: Path, csr: str) -> None:
    async with slices(tmp_path, mesh=True) as world:
        token = await issue(world)
        with pytest.raises(ValidationError, match="csr"):
            await join(world, token, csr=csr)
        with pytest.raises(ValidationError, match="mesh_key"):
            await join(world, token, mesh_key="no key")
        with pytest.raises(ValidationError, match="name"):
            await join(world, token, name="no name!")
        assert await world.rows("SELECT COUNT(*) FROM nodes") == [(0,)]
        assert (await join(world, token)).node_id


OWN = "10.106.103.1"


async def join_at_home(world: Slices, token: JoinToken, source: str = OWN) -> JoinAnswer:
    """As the control plane's own machine."""
    request = join_request(token.secret, number=7, mesh=False, sent_at=world.clock.now() / 1e6)
    request.on_control_plane = True
    return await world.enrolment.joining.join(request, source, "request-1")


async def test_the_control_planes_own_machine_shares_its_place(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        token = await issue(world, name="home")
        answers = [await join_at_home(world, token) for _ in range(2)]
        assert answers[0].node_id == answers[1].node_id
        assert [answer.mesh for answer in answers] == [None, None]
        await world.enrolment.joining.complete(JoinComplete(secret=token.secret))
        assert (await world.nodes.show(ADMIN, Target("home"))).overlay_ip == OWN
        # Nobody is told of a new member, and the address that was held for the token is free after its rest.
        assert await world.rows("SELECT COUNT(*) FROM mesh_peers") == [(0,)]
        assert (await join(world, await issue(world, name="web"), 1)).mesh is not None
        # On another machine it is a member like the others; and back.
        again = decode_token(
            (await world.enrolment.tokens.reissue(ADMIN, Target("home"), RejoinRequest())).token
        )
        moved = await join(world, again, 2)
        assert moved.mesh is not None
        assert moved.mesh.address not in (f"{OWN}/24", "10.106.103.2/24")
        await world.enrolment.joining.complete(JoinComplete(secret=again.secret))
        back = decode_token(
            (await world.enrolment.tokens.reissue(ADMIN, Target("home"), RejoinRequest())).token
        )
        assert (await join_at_home(world, back)).mesh is None
        assert (await world.nodes.show(ADMIN, Target("home"))).overlay_ip == OWN


@pytest.mark.parametrize("source", ["192.0.2.9", "10.106.103.2", "127.0.0.1", ""])
async def test_nobody_else_joins_as_the_control_planes_machine(tmp_path: Path, source: str) -> None:
    async with slices(tmp_path, mesh=True) as world:
        token = await issue(world)
        with pytest.raises(Conflict, match="own machine"):
            await join_at_home(world, token, source)
        assert (await join(world, token)).mesh is not None


async def test_without_a_mesh_there_is_no_place_to_share(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=False) as world:
        with pytest.raises(Conflict, match="own machine"):
            await join_at_home(world, await issue(world), "")


async def test_names(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:
        late = await issue(world, name="taken")
        first = await join(world, await issue(world), 1, name="Taken")
        assert first.name == "taken"
        with pytest.raises(Conflict):
            await join(world, late)
        with pytest.raises(Conflict):
            await issue(world, name="taken")
        assert (await join(world, await issue(world), 2)).name == "web-1"
        assert (await join(world, await issue(world), 3)).name == "web-1-2"
        assert (await join(world, await issue(world, name="given"), 4, name="wanted")).name == "given"


@pytest.mark.parametrize(
    "request_", [{"ttl": "0s"}, {"ttl": "8d"}, {"ttl": "soon"}, {"name": "-"}, {"labels": {"a b": ""}}]
)
async def test_what_a_token_request_may_not_say(tmp_path: Path, request_: dict[str, object]) -> None:
    async with slices(tmp_path) as world:
        with pytest.raises(ValidationError):
            await issue(world, **request_)
        with pytest.raises(NotFound):
            await issue(world, workspace="nowhere")
        with pytest.raises(Forbidden):
            await world.enrolment.tokens.issue(STRANGER, TokenRequest())


def test_durations() -> None:
    assert [parse_ttl(text) for text in ("1s", "10m", "2h", "7d")] == [1, 600, 7200, 604800]
    assert {
        parse_ttl(text) for text in ("", "10", "m", "-1m", "1.5h", "7d1s", "604801s", "9999999s", "1w", " 1m")
    } == {None}


@MESH
async def test_a_known_node_joins_again_under_its_id_name_and_address(tmp_path: Path, mesh: bool) -> None:
    async with slices(tmp_path, mesh=mesh) as world:
        first = await join(world, await issue(world, name="web-1", labels={"a": "1"}))
        await world.nodes.show(ADMIN, Target("web-1"))
        token = decode_token(
            (await world.enrolment.tokens.reissue(ADMIN, Target("web-1"), RejoinRequest())).token
        )
        [(serial,)] = await world.rows("SELECT serial FROM node_certificates WHERE revoked_at IS NULL")
        again = await join(world, token, 5)
        assert (again.node_id, again.name, again.mesh) == (first.node_id, first.name, first.mesh)
        valid = await world.rows("SELECT serial FROM node_certificates WHERE revoked_at IS NULL")
        assert len(valid) == 1
        assert valid != [(serial,)]
        [revoked] = world.bus.of(NodeRevoked)
        assert isinstance(revoked, NodeRevoked)
        assert (revoked.node_id, [name for name, _end in revoked.credentials]) == (first.node_id, [serial])
        assert world.certificates._by_node == {first.node_id: {valid[0][0]}}
        assert (await world.nodes.show(ADMIN, Target(first.node_id))).labels == {"a": "1"}
        if mesh:
            await world.enrolment.joining.complete(JoinComplete(secret=token.secret))
            await world.shake_hands()
            assert await world.rows("SELECT public_key, address FROM mesh_peers") == [
                (mesh_key(5), "10.106.103.2")
            ]
            used = await world.rows("SELECT COUNT(*) FROM mesh_addresses WHERE released_at IS NULL")
            assert used == [(1,)]


PROXY = "https://agents.example.org"


async def test_without_a_listener_for_it_there_is_no_token_through_the_proxy(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        with pytest.raises(Conflict, match="no listener"):
            await issue(world, through_proxy=True)
        with pytest.raises(Conflict, match="no listener"):
            await join(world, await issue(world), auth="session-key")


async def test_a_token_for_who_reaches_the_proxy_alone_has_no_tunnel(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True, proxy_url=PROXY) as world:
        with pytest.raises(ValidationError, match="through_proxy"):
            await issue(world, pins=["sha256:" + "0" * 64])
        with pytest.raises(ValidationError, match="neither"):
            await issue(world, through_proxy=True, pins=["sha256:00"])
        with pytest.raises(ValidationError, match="at most"):
            await issue(world, through_proxy=True, pins=["sha256:" + "0" * 64] * 9)
        view = await world.enrolment.tokens.issue(
            ADMIN, TokenRequest(name="web-1", through_proxy=True, pins=["SHA256:" + "AB" * 32])
        )
        token = decode_token(view.token)
        assert (view.command, token.mesh) == ("", None)
        assert (token.proxy, token.proxy_pins) == (PROXY, ("sha256:" + "ab" * 32,))
        # With a certificate it could reach nothing; the token is as good as before.
        with pytest.raises(Conflict, match="signs its requests"):
            await join(world, token)
        answer = await join(world, token, auth="session-key")
        assert answer.session_key is not None
        assert (answer.mesh, answer.agent_api) == (None, PROXY)
        assert (await world.nodes.show(ADMIN, Target("web-1"))).overlay_ip is None
        for table in ("mesh_peers", "mesh_provisional_peers", "mesh_addresses"):
            assert await world.rows(f"SELECT COUNT(*) FROM {table}") == [(0,)], table


async def test_a_node_leaves_the_mesh_and_comes_back_by_joining_again(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True, proxy_url=PROXY) as world:
        first = await join(world, await issue(world, name="web-1"))

        async def again(number: int, **fields: object) -> JoinAnswer:
            request = RejoinRequest(through_proxy=bool(fields))
            view = await world.enrolment.tokens.reissue(ADMIN, Target("web-1"), request)
            token = decode_token(view.token)
            answer = await join(world, token, number, **fields)
            await world.enrolment.joining.complete(JoinComplete(secret=token.secret))
            await world.shake_hands()
            assert answer.node_id == first.node_id
            return answer

        assert (await again(5, auth="session-key")).mesh is None
        assert await world.rows("SELECT COUNT(*) FROM mesh_peers WHERE removed_at IS NULL") == [(0,)]
        assert await world.rows("SELECT COUNT(*) FROM mesh_addresses WHERE released_at IS NULL") == [(0,)]
        back = await again(6)
        assert back.mesh is not None
        address = back.mesh.address.partition("/")[0]
        assert (await world.nodes.show(ADMIN, Target("web-1"))).overlay_ip == address
        peers = await world.rows("SELECT public_key, address FROM mesh_peers WHERE removed_at IS NULL")
        assert peers == [(mesh_key(6), address)]
        assert await world.rows("SELECT COUNT(*) FROM mesh_provisional_peers") == [(0,)]


async def test_a_second_rejoin_token_closes_the_first(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        await join(world, await issue(world, name="web-1"))
        older = decode_token(
            (await world.enrolment.tokens.reissue(ADMIN, Target("web-1"), RejoinRequest())).token
        )
        await world.enrolment.tokens.reissue(ADMIN, Target("web-1"), RejoinRequest())
        with pytest.raises(TokenExpired):
            await join(world, older, 6)


@MESH
async def test_deletion_ends_everything_at_once(tmp_path: Path, mesh: bool) -> None:
    async with slices(tmp_path, mesh=mesh) as world:
        answer = await join(world, await issue(world, name="web-1"))
        task = await world.add_task("web-1")
        await world.enrolment.tokens.reissue(ADMIN, Target("web-1"), RejoinRequest())
        world.bus.published.clear()
        await world.enrolment.revocation.delete(ADMIN, Target("web-1"))
        [revoked] = world.bus.of(NodeRevoked)
        assert isinstance(revoked, NodeRevoked)
        assert (revoked.node_id, len(revoked.credentials)) == (answer.node_id, 1)
        assert [event.task_id for event in world.bus.of(TaskClosed)] == [task.id]  # type: ignore[attr-defined]
        assert world.certificates._by_node == {}
        for sql in (
            "SELECT COUNT(*) FROM node_certificates WHERE revoked_at IS NULL",
            "SELECT COUNT(*) FROM tasks WHERE state IN ('queued', 'running')",
            "SELECT COUNT(*) FROM mesh_addresses WHERE released_at IS NULL",
            "SELECT COUNT(*) FROM mesh_peers WHERE removed_at IS NULL",
            "SELECT COUNT(*) FROM mesh_provisional_peers",
            "SELECT COUNT(*) FROM join_tokens WHERE closed_at IS NULL",
        ):
            assert await world.rows(sql) == [(0,)], sql
        with pytest.raises(NotFound):
            await world.enrolment.revocation.delete(ADMIN, Target("web-1"))
        with pytest.raises(NotFound):
            await world.enrolment.certification.renew(answer.node_id, "1", RenewRequest(csr=key_and_csr()[1]))
        assert (await join(world, await issue(world, name="web-1"), 2)).node_id != answer.node_id


async def test_a_deletion_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with slices(tmp_path, mesh=True) as world:
        await join(world, await issue(world, name="web-1"))
        world.bus.published.clear()

        def broken(*_a: object, **_k: object) -> None:
            raise RuntimeError("a bug at the very end")

        before = await world.rows(
            "SELECT * FROM nodes, node_certificates, mesh_addresses, mesh_peers, mesh_state"
        )
        with monkeypatch.context() as patch:
            patch.setattr(world.audit, "record", broken)
            with pytest.raises(RuntimeError):
                await world.enrolment.revocation.delete(ADMIN, Target("web-1"))
        after = await world.rows(
            "SELECT * FROM nodes, node_certificates, mesh_addresses, mesh_peers, mesh_state"
        )
        assert before == after
        assert world.bus.published == []


async def test_secrets_are_stored_nowhere(tmp_path: Path) -> None:
    async with slices(tmp_path, mesh=True) as world:
        view = await world.enrolment.tokens.issue(ADMIN, TokenRequest())
        token = decode_token(view.token)
        assert token.mesh is not None
        assert token.ca == world.authority.certificate_der
        assert view.token in view.command
        assert token.expires_at == pytest.approx(time.time() + 600, abs=30)
    dump = b"".join(file.read_bytes() for file in tmp_path.glob("nimbus.db*"))
    assert token.secret.encode() not in dump
    assert token.mesh.private_key.encode() not in dump
    assert view.token.encode() not in dump


async def test_expiry_is_noticed_when_it_comes(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    autojump_clock.autojump_threshold = 0.05
    async with slices(tmp_path, mesh=True) as world:
        expiry = TokenExpiry(world.database, world.clock, world.enrolment.tokens, world.issued)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(expiry.run)
            await issue(world, ttl="30s")
            world.clock.advance(30)

            async def closed() -> bool:
                return not await world.rows("SELECT 1 FROM join_tokens WHERE closed_at IS NULL")

            await eventually_so(closed, "the end of the token", 200, interval=1)
            nursery.cancel_scope.cancel()
