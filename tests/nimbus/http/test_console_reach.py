"""Who finds the dashboard when it is for the mesh alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from nimbus.http.console_reach import Arrival, MeshOnly
from nimbus.protocol.errors import UsageError
from nimbus.settings.configuration import ControlPlaneConfig, check, networks
from nimbus.wireguard.errors import MeshUnavailable
from tests.kit.control_plane import control_plane

OWN, NODE, LAN = "10.106.103.1", "10.106.103.7", "192.0.2.9"
(OVERLAY,) = networks("10.106.103.0/24", "overlay")
DIRECT = MeshOnly(OWN, OVERLAY)
BEHIND = MeshOnly(OWN, OVERLAY, networks("127.0.0.1, 192.0.2.2", "trusted_proxies"))


@pytest.mark.parametrize(
    ("arrival", "wanted"),
    [
        (Arrival(OWN, NODE), True),
        (Arrival(OWN, OWN), True),
        (Arrival("127.0.0.1", "127.0.0.1"), True),
        (Arrival("::1", "::1"), True),
        (Arrival("::ffff:127.0.0.1", "::ffff:127.0.0.1"), True),
        (Arrival(f"::ffff:{OWN}", f"::ffff:{NODE}"), True),
        (Arrival("192.0.2.1", LAN), False),
        (Arrival("192.0.2.1", NODE), False),
        (Arrival("2001:db8::1", "2001:db8::9"), False),
        # For the overlay address, but through another interface: the source gives it away.
        (Arrival(OWN, LAN), False),
        (Arrival("10.106.103.2", NODE), False),
        (Arrival("", ""), False),
        (Arrival("a socket", NODE), False),
    ],
)
def test_by_the_connection(arrival: Arrival, wanted: bool) -> None:
    assert DIRECT.admits(arrival) is wanted


@pytest.mark.parametrize(
    "arrival",
    [
        Arrival("127.0.0.1", "127.0.0.1", forwarded_for=LAN),
        Arrival("127.0.0.1", "127.0.0.1", forwarded_for=NODE),
        Arrival("127.0.0.1", "127.0.0.1", other_forwarding=f"for={LAN}"),
        Arrival(OWN, NODE, forwarded_for=NODE),
    ],
)
def test_a_proxy_that_is_not_trusted_does_not_open_it_to_its_clients(arrival: Arrival) -> None:
    assert not DIRECT.admits(arrival)


@pytest.mark.parametrize(
    ("arrival", "wanted"),
    [
        (Arrival("127.0.0.1", "127.0.0.1", forwarded_for=LAN), False),
        (Arrival("127.0.0.1", "127.0.0.1", forwarded_for=NODE), True),
        (Arrival("127.0.0.1", "127.0.0.1", NODE, f"for={NODE}"), True),
        # What the client wrote stands before what the proxy saw.
        (Arrival("127.0.0.1", "127.0.0.1", forwarded_for=f"{NODE}, {LAN}"), False),
        (Arrival("127.0.0.1", "127.0.0.1", forwarded_for=f"{LAN}, {NODE}"), True),
        # Nothing said, or nothing but proxies: nobody knows whose it is.
        (Arrival("127.0.0.1", "127.0.0.1"), False),
        (Arrival("127.0.0.1", "127.0.0.1", forwarded_for="nonsense"), False),
        (Arrival("127.0.0.1", "127.0.0.1", forwarded_for="127.0.0.1"), False),
        # A trusted proxy elsewhere comes in on an address that is not the mesh's.
        (Arrival("192.0.2.1", "192.0.2.2", forwarded_for=NODE), False),
        (Arrival(OWN, NODE), True),
        (Arrival(OWN, NODE, forwarded_for=OWN), False),
    ],
)
def test_a_trusted_proxy_is_asked_whose_the_request_is(arrival: Arrival, wanted: bool) -> None:
    assert BEHIND.admits(arrival) is wanted


def test_without_a_mesh_there_is_no_dashboard_for_the_mesh() -> None:
    with pytest.raises(UsageError, match="listen_console = mesh needs the mesh") as refused:
        check(ControlPlaneConfig(mesh="off", listen_console="mesh"))
    assert refused.value.next_step == "Turn the mesh on, or set listen_console to all."
    check(ControlPlaneConfig(mesh="off"))
    check(ControlPlaneConfig(listen_console="mesh"))


async def test_a_machine_that_can_have_no_mesh_says_so_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fake: opening the device fails as it does where neither the kernel nor a program has WireGuard."""

    def unavailable(*_: object) -> None:
        raise MeshUnavailable("no WireGuard here", cause="no module", next_step="Install wireguard-go.")

    monkeypatch.setattr("nimbus.composition.mesh_setup.open_device", unavailable)
    with pytest.raises(BaseExceptionGroup) as refused, trio.fail_after(30):
        async with control_plane(tmp_path, mesh="auto", listen_console="mesh"):
            pass
    (error,) = refused.value.exceptions
    while isinstance(error, BaseExceptionGroup):
        (error,) = error.exceptions
    assert isinstance(error, UsageError)
    assert error.line() == (
        "listen_console = mesh needs a mesh. no mesh: no WireGuard here. Install wireguard-go. "
        "Or set listen_console to all."
    )
