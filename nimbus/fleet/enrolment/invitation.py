"""What a token tells a machine about this control plane, and the commands that use it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from nimbus.fleet.enrolment.records import TokenRow, TokenView
from nimbus.fleet.mesh.records import MeshIdentity, SeenAt
from nimbus.kernel.clock import to_rfc3339, to_seconds
from nimbus.protocol.join_token import JoinToken, MeshInvitation, encode_token
from nimbus.protocol.messages import MeshMembership
from nimbus.trust.pki.authority import Authority


class Addresses(msgspec.Struct, frozen=True):
    """How nodes reach the control plane: `hosts` and `port` of the API listener, `agent_api` is the base URL of
    the agents' listener, `more_api` are further base URLs of the API."""

    hosts: tuple[str, ...]
    port: int
    agent_api: str
    more_api: tuple[str, ...] = ()


class Proxy(msgspec.Struct, frozen=True):
    """The way in of a machine that reaches nothing else; "" is none."""

    url: str = ""
    pins: tuple[str, ...] = ()


NO_PROXY = Proxy()


class Invitations:
    """`seen_at` tells where the packets of a WireGuard peer come from."""

    def __init__(
        self,
        authority: Authority,
        addresses: Addresses,
        mesh: MeshIdentity | None,
        seen_at: Callable[[str], Awaitable[SeenAt]],
        trust: tuple[bytes, ...] = (),
    ) -> None:
        self._authority = authority
        self._addresses = addresses
        self._mesh = mesh
        self._trust = trust
        self.seen_at = seen_at

    @property
    def has_mesh(self) -> bool:
        return self._mesh is not None

    @property
    def own_address(self) -> str:
        """The control plane's in the mesh, "" without one."""
        return self._mesh.address if self._mesh else ""

    @property
    def agent_api(self) -> str:
        return self._addresses.agent_api

    def membership(self, address: str) -> MeshMembership | None:
        """None without a mesh, for a node without an address there, and for the control plane's own machine, which
        needs no interface of its own."""
        if self._mesh is None or not address or address == self._mesh.address:
            return None
        return MeshMembership(
            address=f"{address}/{self._mesh.prefix_length}",
            peer_key=self._mesh.public_key,
            endpoint=self._mesh.endpoint,
            control_plane_address=self._mesh.address,
        )

    def view(
        self, row: TokenRow, secret: str, private_key: str, proxy: Proxy = NO_PROXY, mtu: int = 0
    ) -> TokenView:
        """`private_key` is the provisional one; "" for a machine that does not come through a tunnel. `mtu` is the
        machine's own, 0: none."""
        token = encode_token(
            JoinToken(
                secret=secret,
                expires_at=int(to_seconds(row.expires_at)),
                ca=self._authority.certificate_der,
                api_port=self._addresses.port,
                api_hosts=self._addresses.hosts,
                name=row.name,
                mesh=self._mesh_invitation(row.overlay_ip, private_key) if private_key else None,
                trust=self._trust,
                proxy=proxy.url,
                proxy_pins=proxy.pins,
                node_id=row.node_id or "",
                mtu=mtu,
                more_api=self._addresses.more_api,
                reusable=row.uses > 1,
            )
        )
        return TokenView(
            token=token,
            # What it would fetch is where only the control plane's own listener has it.
            command="" if proxy.url else self._install_command(token),
            join_command=f"nimbus-agent join {token} --run",
            expires_at=to_rfc3339(row.expires_at),
            id=row.id,
            uses=row.uses,
        )

    def _mesh_invitation(self, address: str, private_key: str) -> MeshInvitation | None:
        if self._mesh is None:
            return None
        return MeshInvitation(
            private_key=private_key,
            address=f"{address}/{self._mesh.prefix_length}",
            peer_key=self._mesh.public_key,
            endpoint=self._mesh.endpoint,
            control_plane_address=self._mesh.address,
            mtu=self._mesh.mtu,
            more_endpoints=self._mesh.more_endpoints,
        )

    def _install_command(self, token: str) -> str:
        """One line for a machine that has nothing yet. The CA is fetched without trust and then checked against
        its digest, so that the script and what it downloads come from this control plane and nobody else."""
        host = self._addresses.hosts[0]
        base = f"https://[{host}]" if ":" in host else f"https://{host}"
        base += f":{self._addresses.port}"
        digest = hashlib.sha256(self._authority.certificate_pem.encode()).hexdigest()
        return (
            f"d=$(mktemp -d) && curl -fsSk {base}/v1/ca -o $d/ca.crt"
            f" && echo '{digest}  '$d/ca.crt | sha256sum -c --quiet -"
            f" && curl -fsS --cacert $d/ca.crt {base}/install-agent.sh -o $d/install.sh"
            f" && printf %s {token} | sudo sh $d/install.sh --url {base} --ca $d/ca.crt -"
        )
