"""The control plane as `nimbus api` runs it, on a device that only remembers, telling what it sees.

    python -m benchmarks.observed_api CONFIG.json

Simulated: the control plane's own WireGuard device (its configuration is measured by wireguard_apply). The
overlay is a loopback network, so that the agents' listener has its address without a device. Everything else is
the product: `nimbus.composition.appliance.run_control_plane` with observing subclasses in the place of three of its
parts.
Standard output carries one JSON object a line; all times are CLOCK_MONOTONIC, which processes share.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any, Literal

import msgspec
import trio

from benchmarks.reports import end_with_parent
from benchmarks.result import percentile
from nimbus.composition import appliance, fleet, mesh_setup, node_authentication
from nimbus.fleet.mesh.publication import Publication
from nimbus.fleet.mesh.records import MeshChanged, News
from nimbus.fleet.tasks.records import TaskLeased, TaskReady
from nimbus.http.agent_paths import AgentPaths
from nimbus.http.agents.messages import AgentRequest, AgentResponse
from nimbus.http.node_budgets import BUDGETS, Budget, NodeBudgets
from nimbus.kernel.events import EventBus
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.wireguard.keys import key_bytes, key_digest
from nimbus.wireguard.model import Interface, InterfaceState, Peer, PeerState
from nimbus.wireguard.plan import Plan

POLL_PREFIX = "/v1/internal/tasks/"


class RememberingDevice:
    """A WireGuard interface that has what it was told, and whose peers are all heard from one address."""

    kind: Literal["kernel", "userspace"] = "userspace"

    def __init__(self, name: str) -> None:
        self.name = name
        self._state = InterfaceState(name=name)
        self._peers: dict[str, PeerState] = {}

    def read(self) -> InterfaceState:
        return msgspec.structs.replace(self._state, peers=self.read_peers())

    def read_peers(self) -> dict[str, PeerState]:
        return dict(self._peers)

    def apply(self, plan: Plan, want: Interface) -> None:
        for change in plan.peers:
            if change.remove:
                self._peers.pop(change.public_key, None)
            else:
                self._peers[change.public_key] = _state_of(want.peers[change.public_key])
        self._state = InterfaceState(
            name=self.name,
            exists=True,
            up=True,
            private_key_digest=key_digest(key_bytes(want.private_key)),
            listen_port=want.listen_port,
            addresses=want.addresses,
            mtu=want.mtu,
            routes=want.routes,
        )

    def delete(self) -> None:
        self._peers.clear()


def _state_of(peer: Peer) -> PeerState:
    """It has shaken hands, which proves that it has its key."""
    return PeerState(
        peer.public_key, peer.allowed_ips, peer.endpoint or "198.51.100.7:51820", last_handshake=time.time()
    )


class Observer:
    """Tells of each mesh revision when `agents` of them have polled with it, and of each task's two commits."""

    def __init__(self, agents: int) -> None:
        self.agents = agents
        self._revision = 0
        self._seen: dict[str, float] = {}
        self._committed: dict[int, float] = {}
        self._published: dict[int, float] = {}

    def event(self, event: object) -> None:
        if isinstance(event, MeshChanged):
            self._committed[event.revision] = time.monotonic()
        elif isinstance(event, TaskReady):
            tell({"task": event.task_id, "ready": time.monotonic()})
        elif isinstance(event, TaskLeased):
            tell({"task": event.task_id, "leased": time.monotonic()})

    def published(self, revision: int) -> None:
        self._published[revision] = time.monotonic()

    def polled(self, request: AgentRequest) -> None:
        """An agent names the revision that it has applied."""
        revision = int(request.query.get("mesh", "0"))
        if revision > self._revision:
            self._revision, self._seen = revision, {}
        if revision == self._revision and revision in self._published and request.node_id not in self._seen:
            self._seen[request.node_id] = time.monotonic()
            if len(self._seen) == self.agents:
                self._tell()

    def _tell(self) -> None:
        committed = self._committed.get(self._revision)
        if committed is None:
            return
        after = [at - committed for at in self._seen.values()]
        tell(
            {
                "revision": self._revision,
                "published": self._published[self._revision] - committed,
                "half": percentile(after, 0.5),
                "most": percentile(after, 0.99),
                "all": max(after),
            }
        )


def tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def observe(observer: Observer) -> None:
    """Put the subclasses and the device where `nimbus.composition` looks for its parts."""

    class ObservedBus(EventBus):
        def publish(self, event: object) -> None:
            observer.event(event)
            super().publish(event)

    class ObservedPublication(Publication):
        def publish(self, news: News) -> None:
            for step in news.steps:
                observer.published(step.delta.revision)
            super().publish(news)

    class ObservedPaths(AgentPaths):
        def handle(self, request: AgentRequest) -> AgentResponse | None:
            if request.method == "GET" and request.path.startswith(POLL_PREFIX):
                observer.polled(request)
            return super().handle(request)

    for module, name, part in (
        (appliance, "EventBus", ObservedBus),
        (fleet, "Publication", ObservedPublication),
        (node_authentication, "AgentPaths", ObservedPaths),
        # A simulated node asks as often as it can: it is still looked up how often that was.
        (node_authentication, "NodeBudgets", lambda: NodeBudgets(dict.fromkeys(BUDGETS, Budget(1e9, 1e9)))),
        (mesh_setup, "open_device", lambda _mode, name, *_owner: RememberingDevice(name)),
    ):
        if not hasattr(module, name):
            raise RuntimeError(f"{module.__name__} has no {name} any more")
        setattr(module, name, part)


async def serve(config: ControlPlaneConfig) -> None:
    async with trio.open_nursery() as nursery:

        async def run(*, task_status: trio.TaskStatus[appliance.Serving]) -> None:
            await appliance.run_control_plane(config, task_status=task_status)

        serving: appliance.Serving = await nursery.start(run)
        tell({"serving": serving.api, "agent_api": serving.agent_api})


def main(file: Path) -> None:
    given = json.loads(file.read_text("utf-8"))
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    end_with_parent()
    observe(Observer(given["agents"]))
    trio.run(serve, ControlPlaneConfig(**given["config"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
