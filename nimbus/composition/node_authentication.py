"""How nodes show who they are, joined: certificates, session keys, the waiting room, the allow-list."""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack
from pathlib import Path

import trio

from nimbus.composition.edge import EdgeWing
from nimbus.composition.fleet import Fleet
from nimbus.composition.foundation import Foundation
from nimbus.edge.sections.challenges import SECTION as CHALLENGES
from nimbus.edge.sections.service import SECTION as EDGE
from nimbus.fleet.certificate_authority.records import AuthorityChanged
from nimbus.fleet.enrolment.source_watch import NodeLeftSources, SourceWatch
from nimbus.fleet.enrolment.sources import not_allowed
from nimbus.fleet.firewall.service import SECTION as FIREWALL
from nimbus.fleet.node_section.service import SECTION as NODE
from nimbus.fleet.nodes.credentials.recognition import Recognition
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.http import operator_listener
from nimbus.http.agent_paths import AgentPaths, Section, TakeLogs, failure
from nimbus.http.agents.limits import Limits
from nimbus.http.agents.listener import AgentListener
from nimbus.http.agents.messages import AgentResponse
from nimbus.http.agents.tls import ContextSource
from nimbus.http.edge_paths import EdgePaths
from nimbus.http.errors import status_of
from nimbus.http.join_path import JoinPath
from nimbus.http.mtls import CertificateIndex
from nimbus.http.node_budgets import NodeBudgets
from nimbus.http.polls import Polls
from nimbus.http.rate_limits import RateLimit
from nimbus.http.served_generation import ServedGeneration
from nimbus.http.session_gate import SessionGate
from nimbus.http.session_keys import SessionKeyIndex, SessionKeyRefused
from nimbus.kernel.clock import to_seconds
from nimbus.settings import configuration
from nimbus.settings.configuration import ControlPlaneConfig

_REVOKED = failure(SessionKeyRefused("the session key of this node is not accepted any more"))
# nginx alone holds a connection for each request under way: one for each node's long poll.
_PROXY_LIMITS = Limits(cached_heads=0)


class NodeAuthentication:
    """What the agents' listeners ask: whose certificate or signature it is, and whether its source is allowed."""

    def __init__(
        self,
        config: ControlPlaneConfig,
        foundation: Foundation,
        fleet: Fleet,
        edge: EdgeWing,
        generation: ServedGeneration,
        *,
        has_mesh: bool,
        take_logs: TakeLogs | None = None,
    ) -> None:
        self._config, self._foundation, self._fleet, self._edge = config, foundation, fleet, edge
        self._take_logs = take_logs
        self._has_mesh, self._generation = has_mesh, generation
        self._proxies = configuration.networks(config.trusted_proxies, "trusted_proxies")
        bus = foundation.bus
        self.certificates = CertificateIndex(
            fleet.nodes,
            Recognition(foundation.audit),
            foundation.database,
            fleet.revoked.listed,
            in_mesh=has_mesh,
        )
        self.certificates.subscribe(bus)
        self.index = SessionKeyIndex(fleet.session_keys, self._now, fleet.revoked.listed)
        self.index.subscribe(bus)
        self._sections: dict[str, Section] = {
            FIREWALL: fleet.firewall,
            NODE: fleet.node_sections,
            EDGE: edge.sections,
            CHALLENGES: edge.challenges,
        }
        self._polls = Polls(
            foundation.database,
            fleet.dispatch,
            fleet.delivery,
            fleet.publication,
            generation.number,
            {name: section.revision_of for name, section in self._sections.items()},
            fleet.sought,
        )
        self._polls.subscribe(bus)
        self._watch = SourceWatch(foundation.database, fleet.members, fleet.sources, bus)
        self._contexts: ContextSource | None = None
        self._joins = RateLimit(0, 0)
        self.take(config)

    def take(self, config: ControlPlaneConfig) -> None:
        """What may change while it runs. Joins are limited as requests to the API that nobody vouches for."""
        self._joins.set(config.rate_limit_per_address / 10, config.rate_limit_per_address)

    def _now(self) -> float:
        return to_seconds(self._foundation.clock.now())

    async def load(self) -> None:
        await self.certificates.load()
        await self.index.load(self._foundation.database)

    async def remove_expired(self) -> None:
        self.certificates.forget_expired(self._foundation.clock.now())

    def start(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self._polls.run)
        if self._has_mesh and self._fleet.sources:
            nursery.start_soon(self._watch.run)

    def paths(self, background: trio.Nursery) -> AgentPaths:
        fleet = self._fleet
        paths = AgentPaths(
            self._foundation.database,
            fleet.presence,
            fleet.dispatch,
            fleet.delivery,
            fleet.members,
            fleet.publication,
            self._polls,
            fleet.enrolment,
            self._now,
            background,
            instances=fleet.instances,
            waiting=fleet.waiting.nodes,
            unused_keys=self.index.unused,
            history=fleet.history,
            budgets=NodeBudgets(),
            generation=self._generation,
            downloads=fleet.artifacts.downloads,
            sections=self._sections,
            relays_of=fleet.relaying.nodes.told_to,
            observations=fleet.observations,
            edge=EdgePaths(self._edge.sections, self._edge.reports, self._edge.certificates),
            take_logs=self._take_logs,
        )
        paths.waiting_paths.subscribe(self._foundation.bus)
        return paths

    def agent_listener(self, paths: AgentPaths) -> AgentListener:
        """Of :8444. Without a mesh its peers' addresses are where they come from; through a mesh they are overlay
        addresses, and the watch knows where the packets of each node come from."""
        listener = AgentListener(
            handler=paths.handle,
            identify=self.certificates.identify,
            status_of=status_of,
            admits=self._admits,
            not_admitted=self._not_admitted,
        )
        bus = self._foundation.bus
        bus.subscribe(NodeRevoked, lambda event: listener.disconnect(event.node_id))
        bus.subscribe(AuthorityChanged, lambda event: _disconnect(listener, event))
        bus.subscribe(
            NodeLeftSources,
            lambda event: listener.disconnect(event.node_id, self._not_admitted(event.node_id, "")),
        )
        return listener

    def _admits(self, node_id: str, address: str) -> bool:
        sources = self._fleet.sources
        if not sources:
            return True
        return self._watch.admits(node_id) if self._has_mesh else sources.allows(address)

    def _not_admitted(self, node_id: str, address: str) -> AgentResponse:
        return failure(not_allowed(self._watch.outside.get(node_id, address)))

    def proxy_socket(self, stack: AsyncExitStack) -> list[socket.socket]:
        if not self._config.proxy_listen:
            return []
        host, port = configuration.split_address(self._config.proxy_listen, "proxy_listen")
        return [stack.enter_context(operator_listener.listen(host or "0.0.0.0", port))]  # noqa: S104

    async def serve_proxy(
        self,
        nursery: trio.Nursery,
        sockets: list[socket.socket],
        paths: AgentPaths,
        certificate: Path,
        key: Path,
    ) -> None:
        """Start the listener of `proxy_listen`, if there is one."""
        if not sockets:
            return
        join = JoinPath(self._fleet.enrolment.joining, nursery, self._joins)
        gate = SessionGate(
            self.index,
            self._fleet.session_keys,
            self._foundation.database,
            paths.handle,
            end_poll=paths.end_poll,
            proxies=self._proxies,
            sources=self._fleet.sources,
            join=join.handle,
        )
        gate.subscribe(self._foundation.bus)
        listener = AgentListener(
            handler=gate.handle,
            identify=None,
            limits=_PROXY_LIMITS,
            status_of=status_of,
            refusal=_REVOKED,
            shared=gate.is_proxy,
        )
        self._foundation.bus.subscribe(NodeRevoked, lambda event: listener.disconnect(event.node_id))
        if self._config.proxy_listen_tls == "on":
            self._contexts = ContextSource(certificate, key, None)
        await nursery.start(listener.serve, sockets, self._contexts)

    def reload_certificate(self) -> None:
        """After the files were replaced. Raises TlsConfigurationError."""
        if self._contexts is not None:
            self._contexts.reload()


def _disconnect(listener: AgentListener, event: AuthorityChanged) -> None:
    """Open connections with certificates of an authority that is trusted no more."""
    for node_id in event.cut_off:
        listener.disconnect(node_id)
