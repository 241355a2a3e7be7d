"""Whether a peer that is relayed can be reached directly: tried through the session that there is.

A packet of a session proves by itself who sent it: the peer's WireGuard answers from then on to where it came from.
So nothing is torn down for a try, as it would be with a new handshake. What is sent to the peer meanwhile takes the
tried way, too, and is lost where that leads nowhere: the try is short.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from nimbus.wireguard.device import Device
from nimbus.wireguard.model import Interface
from nimbus.wireguard.plan import PeerChange, Plan
from nimbus.wireguard.sessions import open_sessions

# Encrypted and sent, and on near ways answered.
WAIT_S = 0.02


def probe(device: Device, want: Interface, key: str, address: str, endpoints: Sequence[str]) -> None:
    """As `ways.Tunnel` says; `address` is the peer's in the mesh. Blocks. Raises DeviceError."""
    before = device.read_peers().get(key)
    if before is None or not before.endpoint:
        return
    for endpoint in endpoints:
        _send_to(device, want, key, endpoint)
        open_sessions([address])
        time.sleep(WAIT_S)
        state = device.read_peers().get(key)
        if state is not None and state.endpoint == endpoint and state.rx_bytes > before.rx_bytes:
            return
    _send_to(device, want, key, before.endpoint)


def _send_to(device: Device, want: Interface, key: str, endpoint: str) -> None:
    change = PeerChange(public_key=key, existing=True, endpoint=endpoint)
    device.apply(Plan(peers=(change,)), want)
