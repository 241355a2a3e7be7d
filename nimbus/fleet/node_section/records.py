"""Types of the section `node`."""

from __future__ import annotations

import msgspec


class ControlPlaneReach(msgspec.Struct, frozen=True, kw_only=True):
    """What this control plane's settings say of itself. `agent_api` is of the agents' listener, for nodes in the
    mesh where there is one; `proxy_url` is for nodes that sign their requests, "" when there are none. `ca` are the
    authorities that nodes shall trust, PEM."""

    heartbeat_interval_s: float
    agent_api: tuple[str, ...]
    public_api: tuple[str, ...]
    proxy_url: str = ""
    endpoints: tuple[str, ...] = ()
    hub_key: str = ""
    mtu: int = 0
    listen_port: int = 0
    ca: str = ""
