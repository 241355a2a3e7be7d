"""Which events other control planes on the same database hear of, and which stay in the process, and why."""

from __future__ import annotations

import msgspec

from nimbus.appliance.records import SettingsChanged
from nimbus.correspondence.mail.outbox import MailQueued
from nimbus.db import Transaction
from nimbus.db.relay import Heard, HeardAgain, Relayed, relayed
from nimbus.edge.sections.records import ChallengesChanged, EdgeSectionChanged
from nimbus.fleet.artifacts.records import ContentReleased
from nimbus.fleet.certificate_authority.records import AuthorityChanged
from nimbus.fleet.enrolment.source_watch import NodeLeftSources
from nimbus.fleet.firewall.records import FirewallChanged
from nimbus.fleet.mesh.records import (
    DeviceChanged,
    MemberSought,
    MembersSought,
    MembersSoughtElsewhere,
    MeshChanged,
    MeshPublished,
)
from nimbus.fleet.metrics.records import BacklogTaken, BacklogTakenElsewhere
from nimbus.fleet.nodes import store as nodes
from nimbus.fleet.nodes.credentials import store as credentials
from nimbus.fleet.nodes.records import (
    CertificateEnded,
    CertificateIssued,
    NodeApproved,
    NodeHeld,
    NodeKeepsPorts,
    NodeRelabelled,
    NodeRenamed,
    NodeRevoked,
    NodesHeardElsewhere,
    NodeStateChanged,
    NodesWritten,
    NodeWireGuardChanged,
    SessionKeysChanged,
)
from nimbus.fleet.tasks.records import (
    LeasesNamed,
    LeasesNamedElsewhere,
    TaskCancelRequested,
    TaskClosed,
    TaskLeased,
    TaskReady,
    WorkWaiting,
)
from nimbus.kernel.changes import ChangesStored, PassingChange, ResourceChanged
from nimbus.kernel.principals import AccessChanged
from nimbus.people.identity.sessions.records import TokenKeyMade, TokenKeyMadeElsewhere
from nimbus.records.destinations.records import DestinationsChanged
from nimbus.trust.secrets.records import MasterKeyRotated, MasterKeyRotatedElsewhere


def _without_secrets(event: SessionKeysChanged) -> SessionKeysChanged:
    return msgspec.structs.replace(event, keys=())


def _with_present_keys(tx: Transaction, event: SessionKeysChanged) -> SessionKeysChanged:
    return msgspec.structs.replace(event, keys=credentials.session_keys(tx, event.node_id))


def _of_present_nodes(tx: Transaction, event: NodesHeardElsewhere) -> NodesHeardElsewhere:
    """Who wrote it may not have heard yet that one has been deleted."""
    there = {node_id for node_id, *_ in nodes.places(tx, [seen.node_id for seen in event.nodes])}
    return NodesHeardElsewhere(tuple(seen for seen in event.nodes if seen.node_id in there))


def _not_reported_here(event: TaskClosed) -> TaskClosed:
    """Only the control plane that a node reported to may wait for the node's next word of it."""
    return msgspec.structs.replace(event, is_reported=False)


RELAYED: tuple[Relayed, ...] = (
    relayed(AccessChanged, once=lambda _event: None),
    relayed(CertificateIssued),
    relayed(CertificateEnded),
    relayed(NodeRevoked),
    relayed(NodeHeld),
    relayed(NodeApproved),
    relayed(
        SessionKeysChanged,
        told=_without_secrets,
        once=lambda event: event.node_id,
        completed=_with_present_keys,
    ),
    relayed(
        NodesWritten,
        told_as=NodesHeardElsewhere,
        told=lambda event: NodesHeardElsewhere(event.nodes),
        completed=_of_present_nodes,
        passing=True,
    ),
    relayed(TaskReady),
    relayed(TaskLeased),
    relayed(TaskClosed, told=_not_reported_here),
    relayed(TaskCancelRequested),
    relayed(
        LeasesNamed,
        told_as=LeasesNamedElsewhere,
        told=lambda event: LeasesNamedElsewhere(event.tasks),
        passing=True,
    ),
    relayed(MeshChanged, once=lambda _event: None),
    relayed(DeviceChanged, once=lambda _event: None),
    relayed(
        MembersSought,
        told_as=MembersSoughtElsewhere,
        told=lambda event: MembersSoughtElsewhere(event.pairs),
        passing=True,
    ),
    relayed(ContentReleased),
    relayed(FirewallChanged),
    relayed(EdgeSectionChanged),
    relayed(ChallengesChanged),
    relayed(NodeWireGuardChanged),
    relayed(MailQueued, once=lambda _event: None),
    relayed(DestinationsChanged, once=lambda _event: None),
    relayed(SettingsChanged, once=lambda _event: None),
    relayed(PassingChange, once=lambda event: (event.kind, event.resource_id), passing=True),
    relayed(
        BacklogTaken,
        told_as=BacklogTakenElsewhere,
        told=lambda event: BacklogTakenElsewhere(event.node_id, event.starts, event.minutes),
    ),
    relayed(TokenKeyMade, told_as=TokenKeyMadeElsewhere, told=lambda _event: TokenKeyMadeElsewhere()),
    relayed(
        MasterKeyRotated,
        told_as=MasterKeyRotatedElsewhere,
        told=lambda event: MasterKeyRotatedElsewhere(event.key_id),
    ),
    # What has changed they read from the event log, as those do who follow it here.
    relayed(
        ResourceChanged, told_as=ChangesStored, told=lambda _event: ChangesStored(), once=lambda _event: None
    ),
)

STAYS_LOCAL: dict[type, str] = {
    AuthorityChanged: "it is changed only where no other control plane is",
    Heard: "it is what the others told",
    HeardAgain: "it says how well this process hears the others",
    MemberSought: "it wakes a poll; each process makes it of what it hears itself, or of MembersSoughtElsewhere",
    MeshPublished: "each process publishes what it has applied itself; it is woken by MeshChanged",
    NodeLeftSources: "only the process with the mesh device sees where packets come from",
    NodeKeepsPorts: "the process that heard it puts the node in its scope of the mesh; MeshChanged tells that",
    NodeRelabelled: "the process that changed its labels puts it in its scope of the mesh; MeshChanged tells that",
    NodeStateChanged: "the event that is stored with it wakes the others, by ChangesStored",
    NodeRenamed: "the process that renamed it writes the name into the mesh; that is told by MeshChanged",
    WorkWaiting: "made by each process out of what it hears of tasks",
}
