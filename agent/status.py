"""`nimbus-agent status`: what the running agent last wrote of itself, and what is on disk."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import msgspec

from agent.directory import AgentDirectory, NodeRecord
from nimbus.protocol.mesh_names import mesh_name

STALE_AFTER_INTERVALS = 3


class AgentStatus(msgspec.Struct, kw_only=True):
    """`last_contact` is Unix time; `clock_offset_s` is this machine's clock less the control plane's;
    `state_problem` is why the agent cannot remember what it does; `interval_s` is between heartbeats;
    `control_plane` is the URL in use, `proxy` the HTTP proxy ("": none), `endpoint` where WireGuard sends to
    the control plane, `via` whether by udp or tls, `tls_problem` why not by the latter where it is needed;
    `endpoints` are where others are told that this node is reached, `ways` how many members are reached by
    each way, `network` what the control plane sees in front of this node; `edge` is what its nginx serves, "" of
    none."""

    pid: int
    written_at: float
    connected: bool
    problem: str
    last_contact: float | None
    clock_offset_s: float
    mesh_revision: int | None
    mesh_members: int | None
    tasks: list[dict[str, Any]]
    unreported: int
    waiting: bool = False
    state_problem: str = ""
    interval_s: float = 0.0
    control_plane: str = ""
    proxy: str = ""
    endpoint: str = ""
    via: str = ""
    tls_problem: str = ""
    mtu: int = 0
    mtu_source: str = ""
    listen_port: int = 0
    endpoints: tuple[str, ...] = ()
    ways: dict[str, int] = {}
    network: str = ""
    edge: str = ""


def write_status(file: Path, status: AgentStatus) -> None:
    """Replaced whole, not fsynced: it tells of now."""
    temporary = file.with_name(f".{file.name}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(msgspec.json.encode(status))
    os.replace(temporary, file)


def describe(directory: AgentDirectory) -> dict[str, Any]:
    """Raises NotJoined."""
    record = directory.load_node()
    status = _read(directory.status)
    running = status is not None and _is_alive(status.pid)
    fresh = (
        running
        and status is not None
        and time.time() - status.written_at
        < STALE_AFTER_INTERVALS * (status.interval_s or record.heartbeat_interval_s) + 5
    )
    connected = bool(fresh and status and status.connected)
    return {
        "node_id": record.node_id,
        "name": record.name,
        "workspace": record.workspace,
        "state": "stopped" if not running else "online" if connected else "offline",
        "approval": _approval(record, status),
        "control_plane": status.control_plane or record.agent_api if status else record.agent_api,
        "proxy": status.proxy if status and running else "",
        "auth": record.auth,
        "last_contact": status.last_contact if status else None,
        "problem": status.problem if status and running and not connected else "",
        "state_problem": status.state_problem if status and running else "",
        "clock_offset_s": round(status.clock_offset_s, 3) if status else None,
        "mesh": None
        if record.mesh is None
        else {
            "interface": record.interface,
            "mode": record.mesh_mode,
            "address": record.mesh.address,
            "name": mesh_name(record.name, record.workspace.rpartition("/")[2]),
            "revision": status.mesh_revision if status else None,
            "members": status.mesh_members if status else None,
            "endpoint": status.endpoint if status else "",
            "via": status.via if status else "",
            "tls_problem": status.tls_problem if status and running else "",
            "mtu": status.mtu if status else None,
            "mtu_source": status.mtu_source if status else "",
            "listen_port": status.listen_port if status else None,
            "endpoints": list(status.endpoints) if status else [],
            "ways": status.ways if status and running else {},
            "network": status.network if status and running else "",
        },
        "edge": status.edge if status and running else "",
        "tasks": status.tasks if status and running else [],
        "results_to_report": status.unreported if status and running else 0,
        "pid": status.pid if status and running else None,
    }


def running_pid(directory: AgentDirectory) -> int | None:
    """Of the agent that runs on the directory."""
    status = _read(directory.status)
    return status.pid if status is not None and _is_alive(status.pid) else None


def _approval(record: NodeRecord, status: AgentStatus | None) -> str:
    """What is to be done about a node in the waiting room; "" for one that is in."""
    waiting = record.waiting if status is None else status.waiting
    return f"waits; on the control plane: nimbus node approve {record.name}" if waiting else ""


def _read(file: Path) -> AgentStatus | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=AgentStatus)
    except (OSError, msgspec.DecodeError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
