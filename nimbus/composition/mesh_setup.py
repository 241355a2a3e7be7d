"""The control plane's own place in the mesh: its device, its keys, the addresses that it is reached at."""

from __future__ import annotations

import msgspec

from nimbus.fleet.enrolment.invitation import Addresses
from nimbus.fleet.mesh.records import MeshIdentity
from nimbus.fleet.mesh.rules import check_no_collision, control_plane_address, overlay_network
from nimbus.fleet.node_section.records import ControlPlaneReach
from nimbus.settings.addresses import (
    advertised_host,
    agent_urls,
    api_urls,
    listen_address,
    proxy_url,
    wireguard_endpoints,
    wireguard_port,
)
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import DataDirectory
from nimbus.trust.pki import mesh_key
from nimbus.trust.pki.authority import Authority
from nimbus.wireguard.device import Device, open_device
from nimbus.wireguard.errors import MeshUnavailable
from nimbus.wireguard.keys import public_key
from nimbus.wireguard.local_routes import local_routes
from nimbus.wireguard.model import Interface
from nimbus.wireguard.ownership import Owner


class MeshSetup(msgspec.Struct, frozen=True):
    """The control plane's device and identity in the mesh; all None without one. `note` says why there is none."""

    device: Device | None = None
    base: Interface | None = None
    identity: MeshIdentity | None = None
    note: str = ""

    @property
    def mode(self) -> str:
        return self.device.kind if self.device else "off"

    @property
    def overlay_address(self) -> str | None:
        return self.identity.address if self.identity else None


def set_up_mesh(config: ControlPlaneConfig, directory: DataDirectory) -> MeshSetup:
    """The device is opened, not yet made. `auto` serves without a mesh where there can be none."""
    if config.mesh == "off":
        return MeshSetup(note="the mesh is off: nodes are reached over plain TLS")
    try:
        device = open_device(config.mesh, config.interface, Owner(f"nimbus {config.data_dir}"))
    except MeshUnavailable as error:
        if config.mesh != "auto":
            raise
        return MeshSetup(note=f"no mesh: {error.line()}")
    network = overlay_network(config.overlay)
    check_no_collision(network, local_routes([config.interface]))
    private = mesh_key.load_or_create(directory.mesh_key)
    address = control_plane_address(network)
    base = Interface(
        name=config.interface,
        private_key=private,
        listen_port=wireguard_port(config),
        addresses=(f"{address}/{network.prefixlen}",),
    )
    identity = MeshIdentity(
        public_key=public_key(private),
        endpoint=wireguard_endpoints(config)[0],
        overlay=config.overlay,
        address=address,
        prefix_length=network.prefixlen,
        mtu=config.mtu,
        more_endpoints=wireguard_endpoints(config)[1:],
    )
    return MeshSetup(device, base, identity)


def control_plane_addresses(config: ControlPlaneConfig, mesh_setup: MeshSetup) -> Addresses:
    host, port = advertised_host(config), listen_address(config)[1]
    return Addresses(
        hosts=(host,),
        port=port,
        agent_api=agent_urls(config, mesh_setup.overlay_address)[0],
        more_api=api_urls(config) if config.api_addresses else (),
    )


def control_plane_reach(
    config: ControlPlaneConfig, mesh_setup: MeshSetup, authority: Authority
) -> ControlPlaneReach:
    """What nodes are told of this control plane once they have joined."""
    identity = mesh_setup.identity
    return ControlPlaneReach(
        heartbeat_interval_s=config.heartbeat_interval,
        agent_api=agent_urls(config, mesh_setup.overlay_address),
        public_api=api_urls(config),
        proxy_url=proxy_url(config),
        endpoints=wireguard_endpoints(config) if identity else (),
        hub_key=identity.public_key if identity else "",
        mtu=config.mtu,
        listen_port=config.node_port,
        ca=authority.trusted_pem,
    )
