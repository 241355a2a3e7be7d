"""What applies now, of what the node learned at its join, was told since, and was set here. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from agent.directory import NodeRecord
from nimbus.protocol.node_section import NodeContent

MeshDns = Literal["answer", "resolved", "off"]


class OwnSettings(msgspec.Struct, frozen=True):
    """Of the agent's settings file, variables and flags: they come before what the control plane says; 0: not
    set. `mesh_endpoints` are told to the other members. `mesh_dns`: whether names of the mesh are answered, and
    whether this machine's own lookups go there (`resolved`). `nginx`: its program, `nginx_conf`: its configuration;
    "" where they are to be found. `metrics`: where `/metrics` is served, "" nowhere."""

    listen_port: int = 0
    mtu: int = 0
    mesh_endpoints: tuple[str, ...] = ()
    mesh_dns: MeshDns = "answer"
    nginx: str = ""
    nginx_conf: str = ""
    metrics: str = ""


NOTHING_SET = OwnSettings()


class NodeSettings(msgspec.Struct, frozen=True):
    """`record` is the node's with what applies now in it; lists are in the order in which they are tried. `mtu` 0:
    as the way is. Of `endpoints` so many are told, the first. `mesh_endpoints` are this node's own, as set."""

    record: NodeRecord
    agent_api: tuple[str, ...]
    public_api: tuple[str, ...]
    endpoints: tuple[str, ...]
    mtu: int
    told_endpoints: int = 0
    mesh_endpoints: tuple[str, ...] = ()
    # What was set for this node, where this machine's own settings say something else; 0: nothing.
    overruled_mtu: int = 0
    overruled_port: int = 0

    @property
    def interval_s(self) -> float:
        """Between two heartbeats."""
        return self.record.heartbeat_interval_s

    @property
    def alert(self) -> str:
        """That this machine's own settings come before what the control plane says, "" when they do not."""
        told = {"mtu": self.overruled_mtu, "listen_port": self.overruled_port}
        passed_over = ", ".join(f"{name} {value}" for name, value in told.items() if value)
        if not passed_over:
            return ""
        return f"settings on this machine override those of the control plane: {passed_over}"


_NOTHING_TOLD = NodeContent(heartbeat_interval_s=0.0)


def settings_of(record: NodeRecord, told: NodeContent | None, own: OwnSettings = NOTHING_SET) -> NodeSettings:
    """`told` None: nothing since the join."""
    told = told or _NOTHING_TOLD
    agent_api = _unique(*told.agent_api, record.agent_api)
    mesh, endpoints = record.mesh, tuple[str, ...]()
    if mesh is not None:
        endpoints = _unique(*told.endpoints, mesh.endpoint)
        mesh = msgspec.structs.replace(mesh, peer_key=told.hub_key or mesh.peer_key, endpoint=endpoints[0])
    now = msgspec.structs.replace(
        record,
        agent_api=agent_api[0],
        heartbeat_interval_s=told.heartbeat_interval_s or record.heartbeat_interval_s,
        listen_port=own.listen_port or told.listen_port or record.listen_port,
        mesh=mesh,
    )
    told_mtu = told.mtu if told.is_own_mtu else record.mtu or told.mtu
    return NodeSettings(
        now,
        agent_api,
        _unique(*told.public_api, *record.public_api),
        endpoints,
        own.mtu or told_mtu,
        len(told.endpoints) or len(endpoints),
        own.mesh_endpoints,
        _overruled(told.mtu if told.is_own_mtu else 0, own.mtu),
        _overruled(told.listen_port if told.is_own_port else 0, own.listen_port),
    )


def _overruled(told: int, own: int) -> int:
    return told if own and told != own else 0


def _unique(*values: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
