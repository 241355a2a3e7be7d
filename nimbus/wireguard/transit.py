"""Nothing goes out of the mesh through this machine and back into it.

A peer can send packets for any address to a machine that it has a tunnel with. Where that machine forwards packets
(it runs containers, or is a router), it would pass them on. A rule of the routing policy (ip-rule(8)) forbids that:
what comes in on the mesh's interface for the mesh's network, and is not for this machine, is prohibited.
"""

from __future__ import annotations

import errno
import ipaddress
import socket

# After the table of this machine's own addresses (0), before all others: ours comes first.
PRIORITY = 51
_PRESENT = frozenset({errno.EEXIST})


def forbid_transit(interface: str, overlay: str) -> None:
    """Set the rule for an overlay (CIDR); one that is there stays. Raises DeviceError, also where the kernel has no
    such rules."""
    from nimbus.wireguard.netlink import Change, Session, core, fibmsg, rtnl  # only now: it is large

    network = ipaddress.ip_network(overlay)
    family = socket.AF_INET6 if network.version == 6 else socket.AF_INET
    message = fibmsg.fibmsg()
    message.update(family=family, dst_len=network.prefixlen, action=fibmsg.FR_ACT_PROHIBIT)
    message["attrs"] = [
        ("FRA_PRIORITY", PRIORITY),
        ("FRA_IIFNAME", interface),
        ("FRA_DST", str(network.network_address)),
    ]
    purpose = f"forbid {interface} to pass packets on within {overlay}"
    change = Change(message, rtnl.RTM_NEWRULE, core.NLM_F_CREATE | core.NLM_F_EXCL, purpose)
    with Session(core.NETLINK_ROUTE, {}) as session:
        session.change([change], forgiven=_PRESENT)
