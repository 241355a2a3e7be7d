"""The control plane as a whole: its start, its stop, its data directory, its administrator."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

import pytest
import trio
import trio.testing

from nimbus.client.client import Client
from nimbus.client.profiles import Profile
from nimbus.composition.appliance import Serving, run_control_plane
from nimbus.composition.bootstrap import bootstrap
from nimbus.http.operator_listener import AddressInUse
from nimbus.kernel.errors import Conflict
from nimbus.protocol.errors import NimbusError
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectoryBusy
from tests.kit.clock import SettableClock
from tests.kit.control_plane import control_plane
from tests.kit.polling import eventually_so
from tests.kit.ports import free_ports


def config_in(folder: Path, **fields: object) -> ControlPlaneConfig:
    api, agents = free_ports(2)
    values = {"listen": f"127.0.0.1:{api}", "agent_port": agents, "mesh": "off", **fields}
    return ControlPlaneConfig(data_dir=str(folder), **values)  # type: ignore[arg-type]


async def refused(config: ControlPlaneConfig) -> BaseException:
    """What a start ends with, out of any exception group."""
    with trio.fail_after(20):
        try:
            await run_control_plane(config)
        except Exception as error:  # noqa: BLE001  (handed to the test)
            found: BaseException = error
            while isinstance(found, BaseExceptionGroup) and len(found.exceptions) == 1:
                found = found.exceptions[0]
            return found
    raise AssertionError("it started")


async def test_the_administrator_is_made_before_the_first_start(tmp_path: Path) -> None:
    config = config_in(tmp_path / "cp")
    made = await trio.to_thread.run_sync(lambda: bootstrap(config, new_key=False))
    assert made.secret_key not in repr(made)
    with pytest.raises(Conflict):
        await trio.to_thread.run_sync(lambda: bootstrap(config, new_key=False))
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        serving = await nursery.start(_serve, config, stop)
        assert not serving.setup_token
        assert serving.api == made.api
        profile = Profile(made.api, made.access_key, made.secret_key, made.ca_file)
        assert await trio.to_thread.run_sync(lambda: Client(profile).get("/api/v1/nodes")) == []
        stop.set()


async def _serve(
    config: ControlPlaneConfig, stop: trio.Event, *, task_status: trio.TaskStatus[Serving]
) -> None:
    await run_control_plane(config, stop=stop, task_status=task_status)


async def test_nobody_but_the_owner_can_read_the_data_directory(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        async with control_plane(tmp_path):
            pass
    finally:
        os.umask(old)
    root = tmp_path / "control-plane"
    assert root.stat().st_mode & 0o777 == 0o700
    public = {"ca.crt", "api.crt"}
    for file in root.rglob("*"):
        mode = file.stat().st_mode & 0o777
        assert mode == (0o700 if file.is_dir() else 0o644 if file.name in public else 0o600), (
            file,
            oct(mode),
        )


async def test_a_second_control_plane_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        assert isinstance(await refused(config_in(Path(plane.config.data_dir))), DataDirectoryBusy)
        same_port = config_in(tmp_path / "other", listen=plane.config.listen)
        error = await refused(same_port)
        assert isinstance(error, AddressInUse)
        assert "--listen" in error.line()
        assert isinstance(
            await refused(config_in(tmp_path / "third", agent_port=plane.config.agent_port)), AddressInUse
        )
        assert await plane.get("/api/v1/nodes") == []


@pytest.mark.parametrize(
    "spoil", ["ca.key", "ca.crt", "master.key", pytest.param("nimbus.db", marks=pytest.mark.sqlite)]
)
async def test_a_spoiled_file_is_one_clear_error_and_is_not_replaced(tmp_path: Path, spoil: str) -> None:
    async with control_plane(tmp_path) as plane:
        root = Path(plane.config.data_dir)
    [file] = [*root.rglob(spoil)]
    file.write_bytes(b"\x00rubbish" * 100)
    error = await refused(config_in(root))
    assert isinstance(error, NimbusError), error
    assert "\n" not in error.line()
    assert file.read_bytes() == b"\x00rubbish" * 100


@pytest.mark.parametrize(
    "fields",
    [
        {"tls_cert": "/no/cert", "tls_key": "/no/key"},
        {"overlay": "10.0.0.0/31"},
        {"listen": "nowhere"},
        {"listen": "256.1.1.1:1"},
    ],
)
async def test_a_wrong_configuration_is_one_clear_error(tmp_path: Path, fields: dict[str, str]) -> None:
    error = await refused(config_in(tmp_path / "cp", **fields))
    assert isinstance(error, NimbusError), error
    assert "\n" not in error.line()


async def test_a_lost_ca_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        await plane.agent()
        config = plane.config
    pki = Path(config.data_dir) / "pki"
    kept = pki.rename(tmp_path / "kept")
    for _ in range(2):
        error = await refused(config)
        assert isinstance(error, NimbusError)
        assert error.code == "PKI_UNUSABLE"
        assert "the CA is gone" in error.line()
        with pytest.raises(NimbusError, match="the CA is gone"):
            await trio.to_thread.run_sync(lambda: bootstrap(config, new_key=True))
        assert not (pki / "ca.crt").exists()
    if pki.exists():
        pki.rmdir()
    kept.rename(pki)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(_serve, config, stop)
        stop.set()


async def test_the_operators_own_certificate_is_served_and_joins_trust_it(tmp_path: Path) -> None:
    from nimbus.trust.pki import authority
    from tests.kit.clock import SettableClock

    own = authority.load_or_create(tmp_path / "own", SettableClock().now())
    certificate, key = own.server_files(["127.0.0.1"], SettableClock().now())
    async with control_plane(
        tmp_path, tls_cert=str(certificate), tls_key=str(key), administrator=False
    ) as plane:
        made = await trio.to_thread.run_sync(lambda: bootstrap(plane.config, new_key=False))
        plane.profile = Profile(made.api, made.access_key, made.secret_key, str(own.ca_file))
        agent = await plane.agent()
        assert (await agent.beat()).status == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
async def test_tls_is_1_2_at_least(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        files = (await plane.agent()).directory
        addresses = (plane.api_address, ("127.0.0.1", plane.config.agent_port))

        def versions() -> list[str]:
            found = []
            for address in addresses:
                for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                    context = ssl.create_default_context(cafile=plane.profile.ca_file)
                    context.load_cert_chain(files.certificate, files.key)
                    context.set_ciphers("ALL:@SECLEVEL=0")
                    context.minimum_version = context.maximum_version = version
                    try:
                        with (
                            socket.create_connection(address, 10) as tcp,
                            context.wrap_socket(tcp, server_hostname="127.0.0.1"),
                        ):
                            found.append(version.name)
                    except OSError:
                        found.append("refused")
            return found

        assert await trio.to_thread.run_sync(versions) == ["refused", "TLSv1_2", "TLSv1_3"] * 2


async def test_a_stop_is_quick_while_polls_are_parked_and_requests_run(tmp_path: Path) -> None:
    with trio.fail_after(15):
        async with control_plane(tmp_path) as plane:
            agent = await plane.agent()
            plane.nursery.start_soon(_swallow, agent)
            await trio.testing.wait_all_tasks_blocked(0.05)
    assert not list((tmp_path / "control-plane").glob("nimbus.db-wal"))


async def _swallow(agent: object) -> None:
    from agent.link import LinkDown

    try:
        await agent.poll(50)  # type: ignore[attr-defined]
    except LinkDown:
        return


async def test_the_certificate_of_the_listeners_is_renewed_while_they_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two thirds of the leaf's life later new connections get another one; open ones and the CA stay."""
    monkeypatch.setattr("nimbus.composition.listeners.CERTIFICATE_CHECK_INTERVAL_S", 0.05)
    clock = SettableClock()
    async with control_plane(tmp_path, clock=clock) as plane:
        agent = await plane.agent()
        addresses = (plane.api_address, ("127.0.0.1", plane.config.agent_port))
        before = [await served_certificate(address) for address in addresses]
        clock.advance(61 * 86400)

        async def renewed() -> bool:
            return all([await served_certificate(a) not in before for a in addresses])

        await eventually_so(renewed, "both listeners have a new certificate")
        assert agent.link.connected


async def served_certificate(address: tuple[str, int]) -> str:
    def fetch() -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(address, timeout=10) as tcp, context.wrap_socket(tcp) as tls:
            return ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True) or b"")

    return await trio.to_thread.run_sync(fetch)
