"""The part of a plan that is about the link: MTU, addresses, state and routes. The same for both devices."""

from __future__ import annotations

import errno

import msgspec

from nimbus.wireguard.addresses import is_host, is_link_local, normal_network
from nimbus.wireguard.errors import DeviceError
from nimbus.wireguard.links import Link, Links
from nimbus.wireguard.model import InterfaceState
from nimbus.wireguard.plan import Plan


def read_link(links: Links, link: Link, state: InterfaceState) -> InterfaceState:
    """`state` with what the kernel knows of the link: up, MTU, addresses, static routes."""
    addresses, routes = links.addresses(link.index), links.routes(link.index)
    networks = {normal_network(address) for address in addresses if not is_link_local(address)}
    reached = {route.cidr for route in routes}
    return msgspec.structs.replace(
        state,
        exists=True,
        up=link.up,
        mtu=link.mtu,
        addresses=addresses,
        routes=tuple(sorted({route.cidr for route in routes if route.is_static})),
        narrow={route.cidr: route.mtu for route in routes if route.is_static and route.mtu},
        lost_routes=tuple(sorted(net for net in networks - reached if link.up and not is_host(net))),
    )


def apply_link(links: Links, index: int, plan: Plan, port: int) -> None:
    """Do the link's part of `plan`. Every step may be repeated. `port` is for the words of an error."""
    if plan.mtu is not None:
        links.set_mtu(index, plan.mtu)
    links.remove_addresses(index, plan.remove_addresses)
    links.add_addresses(index, plan.add_addresses)
    if plan.up:
        try:
            links.set_up(index)
        except DeviceError as error:
            if error.errno == errno.EADDRINUSE:
                raise port_in_use(port) from error
            raise
    links.remove_routes(index, plan.remove_routes)
    links.add_routes(index, plan.add_routes)
    links.set_narrow_routes(index, plan.narrow_routes)


def port_in_use(port: int) -> DeviceError:
    """The error for a listen port that another program has."""
    return DeviceError(
        f"UDP port {port} is in use by another program",
        next_step=f"Find it with `ss -ulpn sport = :{port}`, or choose another listen port.",
        errno=errno.EADDRINUSE,
        code="MESH_PORT_IN_USE",
    )
