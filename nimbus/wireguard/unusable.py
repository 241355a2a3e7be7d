"""Addresses at which no other machine can be reached. Pure."""

from __future__ import annotations

import ipaddress


def unusable(address: str, overlay: ipaddress.IPv4Network | None) -> str:
    """Why no other machine can be reached at this IP address; "" when one may be. `overlay` is the mesh's own
    network, where that is known."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and ip.ipv4_mapped:
        return "is an IPv4 address written as IPv6"
    if ip.is_loopback:
        return "leads each machine to itself"
    if ip.is_unspecified:
        return "is no machine's address"
    if ip.is_multicast or address == "255.255.255.255":
        return "is a multicast or broadcast address"
    if ip.is_link_local:
        return "holds on one link only"
    if ip.version == 4 and overlay is not None and ip in overlay:
        return f"lies in the mesh itself ({overlay})"
    if ip.version == 4 and ip.is_reserved:
        return "is no machine's address"
    return ""
