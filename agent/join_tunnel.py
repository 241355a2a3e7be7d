"""The tunnel that a machine joins through, with the key of its token. Blocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import msgspec
import trio

from agent import doctor
from agent.appliers.hub import Misleading, addresses_of, led_astray
from agent.appliers.mtu_probe import largest_that_passes
from agent.over_tls.joining import JoinOverTls
from nimbus.protocol.join_token import MeshInvitation
from nimbus.wireguard.addresses import split_endpoint
from nimbus.wireguard.device import Device
from nimbus.wireguard.model import Interface, Peer
from nimbus.wireguard.path_mtu import PathMtu
from nimbus.wireguard.plan import Plan, plan, plan_peers
from nimbus.wireguard.ways import way_to

HANDSHAKE_TIMEOUT_S = 15.0
# A lost handshake is repeated after 5 s and a little (WireGuard's whitepaper, section 6.4).
HANDSHAKE_OF_SEVERAL_S = 6.5
HANDSHAKE_DOUBT_S = 3.0
_POLL_S = 0.05


class Ways(msgspec.Struct, frozen=True):
    """The addresses of the control plane's WireGuard, each with the endpoint that it is of, in the order in which
    they are tried, and the MTU that is set, 0: none."""

    by_address: dict[str, str]
    mtu: int = 0

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(self.by_address)

    def mtu_by(self, address: str) -> int:
        """Of a tunnel to this one of them."""
        mtu, host = PathMtu(self.mtu), split_endpoint(address)[0]
        mtu.see(host, way_to(host))
        return mtu.mtu


def find_ways(endpoints: Iterable[str], mtu: int, overlay: str = "") -> Ways:
    """`overlay` is an address in the mesh with its prefix length. Raises JoinFailed when none of the endpoints has
    an address where the control plane can be."""
    endpoints = tuple(endpoints)
    by_address: dict[str, str] = {}
    astray: list[Misleading] = []
    for endpoint in endpoints:
        found = addresses_of(endpoint)
        misleading = led_astray(endpoint, found, overlay)
        astray += misleading.values()
        for address in found:
            if address not in misleading:
                by_address.setdefault(address, endpoint)
    if by_address:
        return Ways(by_address, mtu)
    if astray:
        reason, what = f"the control plane's name {astray[0]}", "this machine's DNS and /etc/hosts"
    else:
        reason, what = f"the name in {', '.join(endpoints)} does not resolve", "this machine's DNS"
    raise doctor.JoinFailed(
        "tunnel", "ENDPOINT_UNKNOWN", reason, f"Check {what}, or the control plane's --endpoint."
    )


class JoinTunnel:
    def __init__(
        self, device: Device, mesh: MeshInvitation, interface: str, listen_port: int, ways: Ways
    ) -> None:
        self._device, self._mesh, self._ways = device, mesh, ways
        self._interface, self._listen_port = interface, listen_port

    def _want(self, address: str, mtu: int) -> Interface:
        mesh = self._mesh
        hub = Peer(
            public_key=mesh.peer_key,
            allowed_ips=(f"{mesh.control_plane_address}/32",),
            endpoint=address,
            persistent_keepalive=1,
        )
        return Interface(
            name=self._interface,
            private_key=mesh.private_key,
            listen_port=self._listen_port,
            addresses=(mesh.address,),
            mtu=mtu,
            peers={hub.public_key: hub},
        )

    def open(self, address: str) -> int:
        """Bring the interface up with the token's key, to this address; the UDP port that it listens on."""
        mesh, device = self._mesh, self._device
        want = self._want(address, self._ways.mtu_by(address))
        hub = want.peers[mesh.peer_key]
        before = device.read()
        device.apply(plan(before, want), want)
        if hub.public_key in before.peers and before.peers[hub.public_key].endpoint != address:
            # A peer that is there already keeps its endpoint, for it may have moved: this one did not answer.
            device.apply(plan_peers([hub], [hub.public_key]), want)
        return self._listen_port or device.read().listen_port

    def measure(self, address: str) -> int:
        """The MTU by which packets pass, set on the interface, once the tunnel to this address answers."""
        mtu = self._ways.mtu_by(address)
        if self._ways.mtu:
            return mtu
        passes = trio.run(largest_that_passes, self._mesh.control_plane_address, mtu)
        if passes is None or passes >= mtu:
            return mtu
        # What it has of peers and addresses stays.
        self._device.apply(Plan(mtu=passes), self._want(address, passes))
        return passes

    def first_that_answers(self, doubt: Callable[[], None], *, is_patient: bool = True) -> str:
        """The tunnel leads to the first address already. `doubt` is called once when it takes long. Raises
        JoinFailed when none of them answers."""
        addresses = self._ways.addresses
        is_patient = is_patient and len(addresses) == 1
        patience_s = HANDSHAKE_TIMEOUT_S if is_patient else HANDSHAKE_OF_SEVERAL_S
        doubts = [doubt]
        for address in addresses:
            if address != addresses[0]:
                self.open(address)
            if self._has_handshake(patience_s, doubts):
                return address
        raise doctor.no_handshake(self._named)

    @property
    def _named(self) -> str:
        return ", ".join(dict.fromkeys(self._ways.by_address.values()))

    def first_over_tls(self, over_tls: JoinOverTls) -> str:
        """The endpoint on this machine by which the control plane answers over TLS. Raises JoinFailed."""
        endpoint = over_tls.endpoint(self._listen_port or self._device.read().listen_port)
        self.open(endpoint)
        if not self._has_handshake(HANDSHAKE_TIMEOUT_S, [], lambda: bool(over_tls.problem)):
            if over_tls.proxy_failure is not None:
                raise doctor.http_proxy_failure(over_tls.proxy_failure)
            raise doctor.no_handshake(self._named, over_tls.problem or "WireGuard does not answer there")
        return endpoint

    def _has_handshake(
        self,
        patience_s: float,
        doubts: list[Callable[[], None]],
        is_hopeless: Callable[[], bool] = lambda: False,
    ) -> bool:
        began = time.monotonic()
        while time.monotonic() < began + patience_s and not is_hopeless():
            state = self._device.read_peers().get(self._mesh.peer_key)
            if state is not None and state.last_handshake:
                return True
            if doubts and time.monotonic() > began + HANDSHAKE_DOUBT_S:
                doubts.pop()()
            time.sleep(_POLL_S)
        return False
