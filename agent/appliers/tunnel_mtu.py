"""The MTU of the interface: what the route says, and what passes through the tunnel to the control plane."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from agent.appliers.mtu_probe import largest_that_passes
from nimbus.wireguard.addresses import split_endpoint
from nimbus.wireguard.path_mtu import PathMtu, Way
from nimbus.wireguard.ways import way_to

PROBE_AT_START_S = 4.0
PROBE_S = 600.0
PROBE_UNCONNECTED_S = 15.0
log = logging.getLogger("nimbus.mesh")


class TunnelMtu:
    """`way_to` is asked in a thread, `probe` sends echo requests; `known` is what is known of it now."""

    def __init__(
        self,
        fixed: int,
        way_to: Callable[[str], Way | None] = way_to,
        probe: Callable[[str, int], Awaitable[int | None]] = largest_that_passes,
    ) -> None:
        self.known = PathMtu(fixed)
        self._way_to = way_to
        self._probe = probe

    def look(self, endpoint: str) -> None:
        """At the route to where the control plane is; "": not known yet. Blocks for a moment."""
        if endpoint:
            address = split_endpoint(endpoint)[0]
            self.known.see(address, self._way_to(address))

    async def measure(self, control_plane_address: str) -> bool:
        """Whether larger packets than now known are lost on the way to this overlay address: then it is less."""
        most = self.known.mtu
        if self.known.fixed:
            return False
        passes = await self._probe(control_plane_address, most)
        if passes is None or passes >= most or self.known.mtu != most:
            return False
        log.warning("packets of the mesh of more than %d bytes are lost on the way: that is its MTU", passes)
        self.known.measure(passes)
        return True


def next_measurement_s(*, connected: bool) -> float:
    """Sooner while there is no connection: that large packets are lost is one of the reasons."""
    return PROBE_S if connected else PROBE_UNCONNECTED_S
