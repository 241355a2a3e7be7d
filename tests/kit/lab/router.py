"""A router with a NAT of a kind, in front of hosts of a lab."""

from __future__ import annotations

from typing import Literal

from tests.kit.lab.host import LabHost
from tests.kit.lab.lab import Lab
from tests.kit.lab.network import UNDERLAY, Namespace
from tests.kit.lab.processes import run_now

# RFC 3489, section 5: what goes in from outside. Full cone: everything that comes to the mapped port, whoever sends
# it; port-restricted: only from whom something was sent to; symmetric: also with another port for each other end.
NatKind = Literal["full-cone", "port-restricted", "symmetric"]
_INNER = "inner"
_RULES: dict[NatKind, str] = {
    "full-cone": "oifname eth0 masquerade",
    "port-restricted": "oifname eth0 masquerade",
    "symmetric": "oifname eth0 meta l4proto udp masquerade to :20000-60000 fully-random\noifname eth0 masquerade",
}


def put_behind_router(lab: Lab, hosts: list[LabHost], kind: NatKind, number: int) -> Namespace:
    """These hosts get addresses in 192.168.`number`.0/24 and reach the rest of the lab through one router; full
    cone is for one host. What nobody has asked for is dropped, as every real router does: else it would take the
    port of a mapping that is about to be made."""
    router = Namespace(f"{lab.prefix}-router{number}")
    lab.switch.plug_in(router, 100 + number, f"192.0.2.{100 + number}/24")
    router.ip("link", "add", _INNER, "type", "bridge")
    router.ip("address", "add", f"192.168.{number}.1/24", "dev", _INNER)
    router.ip("link", "set", _INNER, "up")
    router.run_now("sysctl", "-qw", "net.ipv4.ip_forward=1")
    for place, host in enumerate(hosts, start=10):
        _move(lab, host, router, f"192.168.{number}.{place}", number)
    inwards = (
        f"iifname {UNDERLAY} udp dport 1-65535 dnat to {hosts[0].address}" if kind == "full-cone" else ""
    )
    router.run_now(
        "nft",
        f"table ip nat {{\n"
        f"chain out {{ type nat hook postrouting priority 100\n{_RULES[kind]}\n}}\n"
        f"chain in {{ type nat hook prerouting priority -100\n{inwards}\n}}\n"
        f"chain own {{ type filter hook input priority 0\niifname {UNDERLAY} ct state new drop\n}}\n}}",
    )
    return router


def _move(lab: Lab, host: LabHost, router: Namespace, address: str, number: int) -> None:
    port = host.port
    run_now("ip", "-n", lab.switch.name, "link", "set", port, "netns", router.name)
    router.ip("link", "set", port, "master", _INNER, "up")
    host.namespace.ip("address", "flush", "dev", UNDERLAY)
    host.namespace.ip("address", "add", f"{address}/24", "dev", UNDERLAY)
    host.namespace.ip("route", "add", "default", "via", f"192.168.{number}.1")
    host.address = address
