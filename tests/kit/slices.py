"""The slices joined without listeners: the services on a real database, for tests of one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from nimbus.composition.correspondence import Correspondence
from nimbus.composition.foundation import lay_foundation
from nimbus.composition.identity import IdentitySettings
from nimbus.composition.people import People
from nimbus.composition.places import Occupants, Places
from nimbus.db import Database, Transaction
from nimbus.db.database import open_database
from nimbus.fleet.enrolment.invitation import Addresses, Invitations
from nimbus.fleet.enrolment.records import Terms
from nimbus.fleet.enrolment.service import Enrolment
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.policy.kinds import Kinds
from nimbus.fleet.mesh.policy.subjects import Home, Kind
from nimbus.fleet.mesh.publication import Publication
from nimbus.fleet.mesh.records import MeshIdentity, SeenAt
from nimbus.fleet.mesh.rules import overlay_network
from nimbus.fleet.metrics.history import History
from nimbus.fleet.metrics.overview import Overview
from nimbus.fleet.metrics.rollup import RollUp
from nimbus.fleet.metrics.service import Metrics
from nimbus.fleet.nodes.credentials.recognition import Recognition
from nimbus.fleet.nodes.credentials.session_keys import SessionKeys
from nimbus.fleet.nodes.presence import Presence
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.fleet.tasks.delivery import Delivery
from nimbus.fleet.tasks.dispatch import Dispatch
from nimbus.fleet.tasks.records import TaskRequest, TaskView
from nimbus.fleet.tasks.secret_values import SecretValues
from nimbus.fleet.tasks.service import Tasks
from nimbus.http.mtls import CertificateIndex
from nimbus.kernel.events import Wakeup
from nimbus.people.organizations.records import Workspace
from nimbus.protocol.messages import Facts
from nimbus.records.audit.trail import AuditTrail
from nimbus.records.audit.verification import Verifier
from nimbus.trust.pki import authority
from tests.kit import records
from tests.kit.clock import SettableClock
from tests.kit.database import RecordingBus, place

OVERLAY = "10.106.103.0/24"


class MetricParts:
    """What `nimbus.composition.fleet` joins of metrics; it has a new memory when it is made anew."""

    def __init__(self, joined: Slices, history: History) -> None:
        database, clock, nodes = joined.database, joined.clock, joined.nodes
        self.history = history
        self.roll_up = RollUp(database, clock, history, nodes.workspaces_of)
        self.metrics = Metrics(database, clock, joined.organizations, nodes, history)
        self.overview = Overview(
            database, clock, joined.organizations, nodes, joined.tasks, history, joined.presence.is_present
        )


class Slices:
    """What `nimbus.composition.appliance` joins, as far as it needs no socket. Each endpoint of a peer is
    unknown ("")."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        bus: RecordingBus,
        clock: SettableClock,
        mesh: bool,
        proxy_url: str,
    ) -> None:
        self.database, self.bus, self.clock = database, bus, clock
        foundation = lay_foundation(database, bus, clock, records.SEALER)
        self.foundation, self.audit = foundation, foundation.audit
        # bcrypt's lowest cost: its slowness is tested where passwords are.
        self.people = People(foundation, IdentitySettings(bcrypt_cost=4))
        self.organizations = self.people.organizations
        trail = AuditTrail(database, Verifier(database, self.audit), self.organizations.reached, self.audit)
        self.correspondence = Correspondence(foundation, self.people, trail)
        self.administration = Places(
            foundation, self.people, self.correspondence, Occupants(after_placing=(self._place_again,))
        ).administration
        self.nodes = Nodes(database, clock, self.audit, self.organizations)
        self.secret_values = SecretValues(foundation.sealer)
        self.tasks = Tasks(database, clock, self.audit, self.organizations, self.nodes, self.secret_values)
        self.history = History(database, clock, self.nodes.workspaces_of)
        self.presence = Presence(database, clock, 10.0, on_heartbeat=self.history.add_heartbeat)
        self.metrics = MetricParts(self, self.history)
        self.delivery = Delivery(clock, {"collect_facts": self._store_facts}, self.secret_values)
        self.dispatch = Dispatch(database, clock, self.delivery, bus)
        self.kinds = Kinds(self.nodes, self.organizations)
        hub_key = records.mesh_key(999) if mesh else ""
        self.members = Members(clock, overlay_network(OVERLAY), hub_key, self._home_of)
        self.publication = Publication(bus)
        self.authority = authority.load_or_create(folder / "pki", clock.now())
        identity = (
            MeshIdentity(records.mesh_key(999), "192.0.2.1:51820", OVERLAY, "10.106.103.1", 24)
            if mesh
            else None
        )
        invitations = Invitations(
            self.authority,
            Addresses(("cp.example.org",), 8443, "https://10.106.103.1:8444"),
            identity,
            self._seen_at,
        )
        self.issued = Wakeup()
        # Where nodes that have joined say that they are reached.
        self.said: dict[str, tuple[str, ...]] = {}
        self.enrolment = Enrolment(
            database,
            clock,
            self.audit,
            self.authority,
            self.organizations,
            self.nodes,
            self.members,
            self.tasks,
            invitations,
            heartbeat_interval_s=10.0,
            session_keys=SessionKeys(database, clock, self.audit, records.SEALER, self.nodes)
            if proxy_url
            else None,
            terms=Terms(proxy_url=proxy_url),
            issued=self.issued,
            remove_with_node=(self.history.remove_node,),
            heard=self.said.__setitem__,
        )
        self.certificates = CertificateIndex(self.nodes, Recognition(self.audit), database, in_mesh=mesh)
        self.endpoints: dict[str, str] = {}
        self.workspace: Workspace = Workspace("", "", "", "")
        self.history.subscribe(bus)
        for subscriber in (self.dispatch, self.certificates):
            subscriber.subscribe(bus)

    def _place_again(self, tx: Transaction, workspace_id: str) -> None:
        self.members.place_again(tx, [node.id for node in self.nodes.in_workspace(tx, workspace_id)])

    def _home_of(self, tx: Transaction, node_id: str) -> Home:
        """Members that are no nodes are in the default workspace."""
        if self.nodes.find(tx, node_id):
            return self.kinds.home(tx, node_id)
        return Home(Kind(self.workspace.organization_id), self.workspace.name)

    async def _seen_at(self, public_key: str) -> SeenAt:
        endpoint = self.endpoints.get(public_key, "")
        return SeenAt(endpoint, endpoint.rpartition(":")[0].strip("[]"))

    def _store_facts(self, tx: Transaction, node_id: str, result: Any) -> Any:
        self.nodes.update_facts(tx, node_id, msgspec.convert(result, Facts))
        return result

    async def add_node(self, name: str = "web-1", **fields: Any) -> Node:
        """A node that has not joined: only its row."""
        from nimbus.kernel.ids import new_id

        made = records.node(new_id(), self.workspace.id, name, **fields)
        await self.database.write(lambda tx: self.nodes.add(tx, made))
        return made

    async def shake_hands(self) -> None:
        """As when the control plane's device has seen a handshake of each key that joined."""

        def prove_all(tx: Transaction) -> None:
            for node_id, key in [
                tuple(row) for row in tx.all("SELECT node_id, public_key FROM mesh_candidates")
            ]:
                self.members.prove(tx, node_id, key, self.endpoints.get(key, ""))

        await self.database.write(prove_all)

    async def add_task(self, node: str, **fields: Any) -> TaskView:
        return await self.tasks.create(
            records.ADMIN, TaskRequest(**{"node": node, "kind": "mesh_probe", **fields})
        )

    async def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return await self.database.read(lambda tx: [tuple(row) for row in tx.all(sql, parameters)])


@asynccontextmanager
async def slices(
    folder: Path, *, mesh: bool = False, clock: SettableClock | None = None, proxy_url: str = ""
) -> AsyncIterator[Slices]:
    """`proxy_url`: nodes may sign their requests, and reach the agents' paths there."""
    clock = clock or SettableClock()
    bus = RecordingBus()
    async with open_database(place(folder), bus, clock) as database:
        joined = Slices(folder, database, bus, clock, mesh, proxy_url)
        await database.write(joined.audit.prepare)
        joined.workspace = await database.write(joined.organizations.ensure_default)
        await joined.dispatch.load()
        await joined.presence.load()
        await joined.certificates.load()
        yield joined
