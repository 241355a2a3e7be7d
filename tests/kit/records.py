"""Factories: valid records, of which a test names only what it is about."""

from __future__ import annotations

import functools
import time
import zlib
from typing import Any

from agent.identity import new_key, signing_request
from nimbus.fleet.nodes.records import Node, NodeReport, NodeState
from nimbus.fleet.tasks.records import Task, TaskState
from nimbus.kernel.access import EVERYWHERE, Actor
from nimbus.protocol.messages import Facts, Heartbeat, JoinRequest, MeshPeer, SystemMetrics, TaskResult
from nimbus.trust.secrets.master_key import MasterKey
from nimbus.wireguard.keys import generate_private_key, public_key

SEALER = MasterKey(b"m" * 32)
ADMIN = Actor(kind="user", id="u-1", name="admin", access=EVERYWHERE, source="127.0.0.1")
STRANGER = Actor(kind="user", id="u-2", name="eve")


def facts(hostname: str = "web-1.example.org", **fields: Any) -> Facts:
    return Facts(hostname=hostname, **{"os": "Debian 12", "cpu_count": 4, "agent_version": "0.1.0", **fields})


def node(node_id: str, workspace_id: str, name: str = "web-1", **fields: Any) -> Node:
    values: dict[str, Any] = {
        "hostname": name,
        "deployment_mode": "standalone",
        "version": "0.1.0",
        "public_ip": "192.0.2.7",
        "overlay_ip": "",
        "state": NodeState.PENDING,
        "maintenance": False,
        "capabilities": (),
        "labels": {},
        "facts": facts(name),
        "report": NodeReport(),
        "last_seen_at": None,
        "state_since": 1,
        "created_at": 1,
        "updated_at": 1,
    }
    return Node(id=node_id, workspace_id=workspace_id, name=name, **{**values, **fields})


def heartbeat(**fields: Any) -> Heartbeat:
    metrics = SystemMetrics(cpu_percent=12.5, memory_used_bytes=1, memory_total_bytes=2)
    return Heartbeat(**{"sent_at": time.time(), "metrics": metrics, "version": "0.1.0", **fields})


def task(**fields: Any) -> Task:
    values: dict[str, Any] = {
        "id": "11111111-1111-4111-8111-111111111111",
        "workspace_id": "w",
        "node_id": "n",
        "kind": "collect_facts",
        "parameters": {},
        "state": TaskState.RUNNING,
        "attempt": 1,
        "max_attempts": 3,
        "timeout_s": 60,
        "waiting_for": 0,
        "due_at": 0,
        "cancel_requested_at": None,
        "percent": None,
        "result": None,
        "truncated": False,
        "error_code": "",
        "error": "",
        "created_by": "admin",
        "created_at": 0,
        "started_at": 0,
        "finished_at": None,
    }
    return Task(**{**values, **fields})


def result(outcome: str = "succeeded", attempt: int = 1, **fields: Any) -> TaskResult:
    return TaskResult(attempt=attempt, outcome=outcome, **fields)  # type: ignore[arg-type]


def key_and_csr(number: int = 0) -> tuple[str, str]:
    """The same pair for the same number: a key takes a while to make."""
    return _pair(number)


@functools.cache
def _pair(_number: int) -> tuple[str, str]:
    key = new_key()
    return key, signing_request(key)


def join_request(secret: str, *, number: int = 0, mesh: bool = False, **fields: Any) -> JoinRequest:
    values: dict[str, Any] = {
        "csr": key_and_csr(number)[1],
        "facts": facts(),
        "sent_at": time.time(),
        "mesh_key": mesh_key(number) if mesh else "",
    }
    return JoinRequest(secret=secret, **{**values, **fields})


def mesh_key(number: int = 0) -> str:
    return _mesh_key(number)


@functools.cache
def _mesh_key(_number: int) -> str:
    return public_key(generate_private_key())


def mesh_peer(node_id: str, address: str = "", **fields: Any) -> MeshPeer:
    """With an address that no other node id of a test has."""
    address = (
        address or f"10.106.{zlib.crc32(node_id.encode()) % 256}.{zlib.crc32(node_id.encode()) // 256 % 256}"
    )
    return MeshPeer(
        node_id, **{"name": f"node-{node_id}", "public_key": f"key-{node_id}", "address": address, **fields}
    )
