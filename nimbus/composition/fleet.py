"""Joins machines and orders to them: nodes, tasks, operations, metrics, the mesh, enrolment."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import msgspec
import trio

from nimbus.composition.artifacts import ArtifactParts
from nimbus.composition.foundation import Foundation
from nimbus.composition.mesh_setup import MeshSetup, control_plane_addresses, control_plane_reach
from nimbus.composition.places import Occupants
from nimbus.composition.relaying import RelayParts
from nimbus.db import Transaction
from nimbus.fleet.certificate_authority import routes as certificate_authority_routes
from nimbus.fleet.certificate_authority.service import CertificateAuthority
from nimbus.fleet.enrolment import routes as enrolment_routes
from nimbus.fleet.enrolment.invitation import Invitations
from nimbus.fleet.enrolment.reconcile import TokenExpiry
from nimbus.fleet.enrolment.records import Terms
from nimbus.fleet.enrolment.service import Enrolment
from nimbus.fleet.enrolment.sources import AgentSources
from nimbus.fleet.firewall import routes as firewall_routes
from nimbus.fleet.firewall.service import Firewall
from nimbus.fleet.mesh import routes as mesh_routes
from nimbus.fleet.mesh.heard_endpoints import HeardEndpoints
from nimbus.fleet.mesh.history.keeper import HistoryKeeper
from nimbus.fleet.mesh.history.service import MeshHistories
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.nat.listener import SightingListener
from nimbus.fleet.mesh.nat.observations import Observations
from nimbus.fleet.mesh.policy import routes as policy_routes
from nimbus.fleet.mesh.policy.kinds import Kinds
from nimbus.fleet.mesh.policy.service import MeshPolicies
from nimbus.fleet.mesh.publication import Publication
from nimbus.fleet.mesh.reconcile import MeshReconciler
from nimbus.fleet.mesh.rules import overlay_network
from nimbus.fleet.mesh.service import Mesh
from nimbus.fleet.mesh.sought import Sought
from nimbus.fleet.metrics import routes as metric_routes
from nimbus.fleet.metrics.elsewhere import SamplesElsewhere
from nimbus.fleet.metrics.history import History
from nimbus.fleet.metrics.overview import Overview
from nimbus.fleet.metrics.rollup import RollUp
from nimbus.fleet.metrics.service import Metrics
from nimbus.fleet.node_section.service import NodeSections
from nimbus.fleet.nodes import routes as node_routes
from nimbus.fleet.nodes.credentials.session_keys import SessionKeys
from nimbus.fleet.nodes.filters.service import Filters as NodeFilters
from nimbus.fleet.nodes.instances import Instances
from nimbus.fleet.nodes.maintenance_ends import MaintenanceEnds
from nimbus.fleet.nodes.presence import Presence
from nimbus.fleet.nodes.reconcile import RevocationKeeper
from nimbus.fleet.nodes.records import NodeRevoked
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.nodes.waiting import WaitingRoom
from nimbus.fleet.operations import routes as operation_routes
from nimbus.fleet.operations.engine import Begins, Engine
from nimbus.fleet.operations.guards import QuorumGroup, groups_by_label
from nimbus.fleet.operations.plan import AGENT_RESTARTED, PLANNERS
from nimbus.fleet.operations.reconcile import OperationReconciler
from nimbus.fleet.operations.service import Operations
from nimbus.fleet.operations.values import StepValues
from nimbus.fleet.tasks import routes as task_routes
from nimbus.fleet.tasks.delivery import Delivery, ResultHandler
from nimbus.fleet.tasks.dispatch import Dispatch
from nimbus.fleet.tasks.secret_values import SecretValues
from nimbus.fleet.tasks.service import Tasks
from nimbus.kernel.access import Permission
from nimbus.kernel.clock import to_seconds
from nimbus.kernel.events import Wakeup
from nimbus.kernel.routing import Route
from nimbus.people.organizations.contents import Occupant
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.errors import UsageError
from nimbus.protocol.messages import Facts, Heartbeat
from nimbus.settings import configuration
from nimbus.settings.addresses import proxy_url
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.trust.pki import authority as certificates
from nimbus.trust.pki.authority import Authority
from nimbus.trust.pki.revocations import RevocationList
from nimbus.wireguard.transit import forbid_transit

log = logging.getLogger("nimbus.mesh")


class Fleet:
    def __init__(
        self,
        foundation: Foundation,
        organizations: Organizations,
        authority: Authority,
        config: ControlPlaneConfig,
        mesh_setup: MeshSetup,
        artifact_folder: Path,
    ) -> None:
        self._foundation, self._config, self._mesh_setup = foundation, config, mesh_setup
        # What wings above do in transactions here: when a task of a step is queued, when a task of a kind has
        # succeeded, when a node is deleted.
        self.step_begins: dict[str, Begins] = {}
        self.result_handlers: dict[str, ResultHandler] = {}
        self.remove_with_node: list[Callable[[Transaction, str], None]] = []
        self._organizations = organizations
        database, clock = foundation.database, foundation.clock
        audit, bus = foundation.audit, foundation.bus
        identity = mesh_setup.identity
        maintenance_changed = Wakeup()
        self.nodes = Nodes(database, clock, audit, organizations, maintenance_changed)
        self._maintenance_ends = MaintenanceEnds(database, clock, audit, maintenance_changed)
        self.kinds = Kinds(self.nodes, organizations)
        self.members = Members(
            clock, overlay_network(config.overlay), identity.public_key if identity else "", self.kinds.home
        )
        self.waiting = WaitingRoom()
        self.waiting.subscribe(bus)
        self.sources = AgentSources(configuration.networks(config.agent_sources, "agent_sources"))
        self.revoked = RevocationList(authority.revocations_file)
        self._revocations = RevocationKeeper(database, clock, audit, self.revoked)
        self._revocations.subscribe(bus)
        self.session_keys = SessionKeys(database, clock, audit, foundation.sealer, self.nodes)
        secret_values = SecretValues(foundation.sealer)
        self.tasks = Tasks(database, clock, audit, organizations, self.nodes, secret_values)
        self._join_metrics()
        self._join_operations()
        self.artifacts = ArtifactParts(
            foundation, organizations, self.nodes, self.tasks, self.operations, config, artifact_folder
        )
        self.firewall = Firewall(database, clock, audit, organizations, self.nodes)
        self.firewall.subscribe(bus)
        self.node_sections = NodeSections(
            database, self.nodes, lambda: control_plane_reach(config, mesh_setup, authority)
        )
        self.node_sections.subscribe(bus)
        self.certificate_authority = CertificateAuthority(
            database, clock, audit, authority, self.nodes, self.node_sections, foundation.several
        )
        self._join_mesh()
        self.result_handlers |= {"mesh_probe": self.mesh.store_probe, "collect_facts": self._store_facts}
        self.delivery = Delivery(clock, self.result_handlers, secret_values)
        self.dispatch = Dispatch(database, clock, self.delivery, bus, foundation.several)
        self.dispatch.subscribe(bus)
        self._join_enrolment(authority)

    def _join_metrics(self) -> None:
        database, clock, bus = self._foundation.database, self._foundation.clock, self._foundation.bus
        self.history = History(database, clock, self.nodes.workspaces_of, self._foundation.several)
        self.history.subscribe(bus)
        self._samples_elsewhere = SamplesElsewhere(database, self.history, self.nodes.last_reports)
        self._samples_elsewhere.subscribe(bus)
        self.presence = Presence(
            database,
            clock,
            self._config.heartbeat_interval,
            self.waiting.nodes,
            self._heard,
            with_others=self._foundation.several is not None,
        )
        self.roll_up = RollUp(database, clock, self.history, self.nodes.workspaces_of)
        self.metrics = Metrics(database, clock, self._organizations, self.nodes, self.history)
        self.overview = Overview(
            database,
            clock,
            self._organizations,
            self.nodes,
            self.tasks,
            self.history,
            self.presence.is_present,
        )
        self.instances = Instances(clock, self._config.heartbeat_interval)
        self.presence.subscribe(bus)
        bus.subscribe(NodeRevoked, self.instances.forget)

    def _heard(self, node_id: str, beat: Heartbeat) -> None:
        self.history.add_heartbeat(node_id, beat)
        self.heard_endpoints.hear(node_id, beat)
        self.observations.hear(node_id, beat)
        self.sought.hear(node_id, beat)
        self.mesh_history.hear(node_id, beat)

    def _join_operations(self) -> None:
        foundation = self._foundation
        database, clock = foundation.database, foundation.clock
        values = StepValues(foundation.sealer, self.tasks)
        gates = {AGENT_RESTARTED: self._has_restarted}
        engine = Engine(
            clock,
            self.nodes,
            self.tasks,
            values,
            gates,
            (self._quorums_by_label,),
            self.presence.is_present,
            self.step_begins,
        )
        self.operations = Operations(
            database,
            clock,
            foundation.audit,
            self._organizations,
            self.nodes,
            self.tasks,
            values,
            engine,
            PLANNERS,
        )
        self.operation_reconciler = OperationReconciler(database, engine, self.tasks)
        self.operation_reconciler.subscribe(foundation.bus)

    def _quorums_by_label(self, tx: Transaction, workspace_id: str) -> Sequence[QuorumGroup]:
        return groups_by_label((node.id, node.labels) for node in self.nodes.in_workspace(tx, workspace_id))

    def _has_restarted(self, node_id: str, values: Mapping[str, object]) -> bool:
        """It has been heard of since, well or not: what its checks say is another matter."""
        start_id = self.presence.start_id_of(node_id)
        return start_id not in ("", values["start_id"])

    def _join_mesh(self) -> None:
        database, bus = self._foundation.database, self._foundation.bus
        self.publication = Publication(bus)
        several = self._foundation.several
        self.sought = Sought(
            bus, self.publication.places.may_meet, self._foundation.database if several else None
        )
        identity = self._mesh_setup.identity
        own_endpoints = (identity.endpoint, *identity.more_endpoints) if identity else ()
        self.heard_endpoints = HeardEndpoints(overlay_network(self._config.overlay), own_endpoints)
        bus.subscribe(NodeRevoked, self.heard_endpoints.forget)
        self.observations = Observations(lambda: to_seconds(self._foundation.clock.now()))
        bus.subscribe(NodeRevoked, self.observations.forget)
        self.relaying = RelayParts(
            self._foundation, self._mesh_setup, self.nodes, self.publication.places, self.presence.is_present
        )
        self.reconciler = MeshReconciler(
            database,
            self.members,
            self.publication,
            self._mesh_setup.device,
            self._mesh_setup.base,
            self._config.mtu,
            heard=self.heard_endpoints,
            forbid_transit=partial(forbid_transit, self._config.interface, self._config.overlay),
            source_of=self.relaying.source_of,
            observe=self.observations.see,
        )
        self.reconciler.subscribe(bus)
        self.mesh_policies = MeshPolicies(
            database,
            self._foundation.clock,
            self._foundation.audit,
            self._organizations,
            self.nodes,
            self.members,
            self.kinds,
        )
        base = int(overlay_network(self._config.overlay).network_address)
        self.mesh_history = HistoryKeeper(
            database, self._foundation.clock, base, self._announce_measured, self._foundation.several
        )
        bus.subscribe(NodeRevoked, self.mesh_history.forget)
        self.mesh_histories = MeshHistories(
            database, self._foundation.clock, self.nodes, self.mesh_history, base
        )
        self.mesh = Mesh(
            database,
            self._foundation.clock,
            self._foundation.audit,
            self.members,
            self.reconciler,
            self.nodes,
            self.operations,
            self.mesh_policies,
            mode=self._mesh_setup.mode,
            overlay=self._config.overlay,
            online=self.presence.online,
            heard=self.heard_endpoints,
            observations=self.observations,
            history=self.mesh_histories,
            carried=self.relaying.carried,
        )

    def _join_enrolment(self, authority: Authority) -> None:
        config = self._config
        self.addresses = control_plane_addresses(config, self._mesh_setup)
        invitations = Invitations(
            authority,
            self.addresses,
            self._mesh_setup.identity,
            self.reconciler.seen_at,
            _further_trust(config),
        )
        issued = Wakeup()
        self._terms = Terms(approve=config.enrolment == "approve", proxy_url=proxy_url(config))
        database, clock = self._foundation.database, self._foundation.clock
        self.enrolment = Enrolment(
            database,
            clock,
            self._foundation.audit,
            authority,
            self._organizations,
            self.nodes,
            self.members,
            self.tasks,
            invitations,
            heartbeat_interval_s=config.heartbeat_interval,
            session_keys=self.session_keys if config.proxy_listen else None,
            terms=self._terms,
            sources=self.sources,
            issued=issued,
            heard=self.heard_endpoints.hear_of,
            remove_with_node=(self.history.remove_node, self.firewall.remove_node, self._remove_above),
        )
        self.token_expiry = TokenExpiry(database, clock, self.enrolment.tokens, issued)

    def take(self, config: ControlPlaneConfig) -> None:
        """What may change while it runs."""
        self._terms.approve = config.enrolment == "approve"
        self.artifacts.take(config)

    async def load(self) -> None:
        await self.artifacts.load()
        await self.firewall.load()
        await self.certificate_authority.load()
        await self.node_sections.load()
        database = self._foundation.database
        if self._mesh_setup.identity:
            await database.read(self.members.check_overlay)
        for name in await database.write(self.members.mend):
            log.error("the node %s claimed the control plane's place in the mesh: have it join again", name)
        await self._revocations.load()
        await self.waiting.load(database)
        await self.presence.load()
        await self.history.load()
        await self.mesh_history.load()
        await self.relaying.nodes.load()
        await self.dispatch.load()

    def start(self, nursery: trio.Nursery) -> None:
        for background in (
            self.reconciler.run,
            self.presence.run,
            self.dispatch.run,
            self.token_expiry.run,
            self._maintenance_ends.run,
            self._revocations.run,
            self.history.run,
            self.mesh_history.run,
            self._samples_elsewhere.run,
            self.sought.run,
        ):
            nursery.start_soon(background)
        self.relaying.start(nursery)
        if self._mesh_setup.identity is not None:
            listener = SightingListener(self.addresses.port, self.observations.sighted)
            nursery.start_soon(listener.run, self.observations.opened)

    def lead(self, nursery: trio.Nursery) -> None:
        nursery.start_soon(self.operation_reconciler.run)
        nursery.start_soon(self.roll_up.run)
        nursery.start_soon(self.artifacts.keeper.run)

    async def remove_expired(self) -> None:
        await self._foundation.database.write(self.members.forget_tombstones)

    def occupants(self) -> Occupants:
        revocation = self.enrolment.revocation
        nodes = Occupant(
            "nodes", Permission.AGENT_DELETE, revocation.names_in_workspace, revocation.revoke_all_of
        )
        return Occupants(
            first=(nodes,),
            last=(self.artifacts.occupant(),),
            after_placing=(self._place_again,),
            before_deletion=(
                self.artifacts.uploads.remove_all_of_workspace,
                revocation.forget_workspace,
                self.operations.forget_workspace,
                self.history.remove_workspace,
            ),
        )

    def routes(self) -> list[Route]:
        return [
            *node_routes.routes(self.nodes, NodeFilters(self._foundation.database, self._organizations)),
            *enrolment_routes.routes(self.enrolment),
            *certificate_authority_routes.routes(self.certificate_authority),
            *task_routes.routes(self.tasks),
            *operation_routes.routes(self.operations),
            *mesh_routes.routes(self.mesh, self.mesh_histories),
            *policy_routes.routes(self.mesh_policies),
            *self.artifacts.routes(),
            *firewall_routes.routes(self.firewall),
            *metric_routes.routes(self.metrics, self.overview),
        ]

    def _remove_above(self, tx: Transaction, node_id: str) -> None:
        for remove in self.remove_with_node:
            remove(tx, node_id)

    def _place_again(self, tx: Transaction, workspace_id: str) -> None:
        self.members.place_again(tx, [node.id for node in self.nodes.in_workspace(tx, workspace_id)])

    def _announce_measured(self, tx: Transaction, node_id: str) -> None:
        self.mesh.announce(tx, node_id)

    def _store_facts(self, tx: Transaction, node_id: str, result: object) -> object:
        self.nodes.update_facts(tx, node_id, msgspec.convert(result, Facts))
        return result


def _further_trust(config: ControlPlaneConfig) -> tuple[bytes, ...]:
    if not config.tls_cert:
        return ()
    try:
        return certificates.certificates_der(Path(config.tls_cert))
    except (OSError, ValueError) as error:
        raise UsageError(f"tls_cert: {config.tls_cert} cannot be read: {error}") from None
