"""What a lab looks like."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PROJECT = Path(__file__).parents[3]
Mesh = Literal["auto", "userspace", "kernel", "off"]


@dataclass(frozen=True, kw_only=True)
class LabOptions:
    """`subnet` is the underlay. `loss` is the share of packets, in percent, that each host does not get.
    `heartbeat_interval` in seconds; None leaves the product's. `data` is kept when given. `cache` is the
    folder into which the executables unpack; by default one of the lab's own."""

    nodes: int = 3
    subnet: str = "192.0.2.0/24"
    overlay: str = "10.106.103.0/24"
    mesh: Mesh = "auto"
    loss: float = 0.0
    heartbeat_interval: float | None = None
    data: Path | None = None
    cache: Path | None = None
    dist: Path = PROJECT / "dist"

    def check(self) -> None:
        """Raises ValueError in one line."""
        underlay, overlay = ipaddress.ip_network(self.subnet), ipaddress.ip_network(self.overlay)
        if underlay.version != 4 or overlay.version != 4:
            raise ValueError("--subnet and --overlay must be IPv4 networks")
        if underlay.overlaps(overlay):
            raise ValueError(f"the underlay {underlay} and the overlay {overlay} overlap")
        for name, network in (("subnet", underlay), ("overlay", overlay)):
            if network.num_addresses < self.nodes + 3:
                raise ValueError(f"--{name} {network} has no room for {self.nodes} nodes and a control plane")
        if not 0 <= self.loss < 100:
            raise ValueError("--loss must be from 0 to below 100 percent")
        for program in ("nimbus", "nimbus-agent"):
            if not (self.dist / program).is_file():
                raise ValueError(f"there is no {self.dist / program}: build it with python3 build.py")

    def address(self, number: int) -> str:
        """The underlay address of host number 0, 1, 2 ..., with the prefix length."""
        network = ipaddress.ip_network(self.subnet)
        return f"{network[number + 1]}/{network.prefixlen}"
