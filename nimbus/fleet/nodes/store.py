"""SQL of nodes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from nimbus.db import Transaction
from nimbus.db.labels import has_labels, labels_of, labels_text
from nimbus.db.natural import by_name, natural, natural_version
from nimbus.db.selection import Selection, contains, nothing_first, nothing_last, stored_json
from nimbus.db.transaction import Row, placeholders
from nimbus.fleet.nodes.credentials import store as credential_store
from nimbus.fleet.nodes.maintenance import view_of
from nimbus.fleet.nodes.records import (
    Approval,
    Node,
    NodeBrief,
    NodeQuery,
    NodeReport,
    NodeState,
    NodeView,
    shown_state,
)
from nimbus.fleet.nodes.rules import is_outdated, load_of
from nimbus.kernel.clock import optional_rfc3339, to_rfc3339
from nimbus.protocol.messages import Facts, SystemMetrics

_OWN = (
    "id, workspace_id, name, hostname, deployment_mode, version, public_ip, overlay_ip, state, maintenance,"
    " capabilities, labels, facts, state_since, created_at, updated_at, revision, auth, approval, mesh_key,"
    " wanted_port, wanted_mtu, wanted_changes, maintenance_reason, maintenance_by, maintenance_since,"
    " maintenance_until, description, facts_at"
)
_COLUMNS = f"{_OWN}, last_seen_at, report"
_FROM = "nodes LEFT JOIN node_reports ON node_reports.node_id = nodes.id"
_capabilities = msgspec.json.Decoder(tuple[str, ...])
_facts = msgspec.json.Decoder(Facts)
_report = msgspec.json.Decoder(NodeReport)


def _node(row: Row) -> Node:
    return Node(
        id=row["id"],
        workspace_id=row["workspace_id"],
        name=row["name"],
        hostname=row["hostname"],
        deployment_mode=row["deployment_mode"],
        version=row["version"],
        public_ip=row["public_ip"],
        overlay_ip=row["overlay_ip"],
        state=NodeState(row["state"]),
        maintenance=bool(row["maintenance"]),
        capabilities=_capabilities.decode(row["capabilities"]),
        labels=labels_of(row["labels"]),
        facts=_facts.decode(row["facts"]),
        report=_report.decode(row["report"]) if row["report"] else NodeReport(),
        last_seen_at=row["last_seen_at"],
        state_since=row["state_since"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        revision=row["revision"],
        auth=row["auth"],
        approval=Approval(row["approval"]),
        mesh_key=row["mesh_key"],
        wanted_port=row["wanted_port"],
        wanted_mtu=row["wanted_mtu"],
        wanted_changes=row["wanted_changes"],
        maintenance_reason=row["maintenance_reason"],
        maintenance_by=row["maintenance_by"],
        maintenance_since=row["maintenance_since"],
        maintenance_until=row["maintenance_until"],
        description=row["description"],
        facts_at=row["facts_at"],
    )


def json_text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def insert(tx: Transaction, node: Node) -> None:
    tx.execute(
        f"INSERT INTO nodes ({_OWN}, os) VALUES ({placeholders(30)})",
        (
            node.id,
            node.workspace_id,
            node.name,
            node.hostname,
            node.deployment_mode,
            node.version,
            node.public_ip,
            node.overlay_ip,
            node.state,
            int(node.maintenance),
            json_text(node.capabilities),
            labels_text(node.labels),
            json_text(node.facts),
            node.state_since,
            node.created_at,
            node.updated_at,
            node.revision,
            node.auth,
            node.approval,
            node.mesh_key,
            node.wanted_port,
            node.wanted_mtu,
            node.wanted_changes,
            node.maintenance_reason,
            node.maintenance_by,
            node.maintenance_since,
            node.maintenance_until,
            node.description,
            node.facts_at,
            node.facts.os,
        ),
    )
    if node.last_seen_at is not None:
        save_reports(tx, [(node.id, node.last_seen_at, node.report)])


def update(tx: Transaction, node: Node) -> None:
    """Write what an operator or an enrolment changes; heartbeats have `save_reports`."""
    # Its name is part of other rows: written only when it is another one.
    if name_of(tx, node.id) != node.name:
        tx.execute("UPDATE nodes SET name = ? WHERE id = ?", (node.name, node.id))
    tx.execute(
        "UPDATE nodes SET hostname = ?, deployment_mode = ?, version = ?, public_ip = ?,"
        " overlay_ip = ?, maintenance = ?, capabilities = ?, labels = ?, facts = ?, updated_at = ?,"
        " revision = ?, auth = ?, approval = ?, mesh_key = ?, wanted_port = ?, wanted_mtu = ?, wanted_changes = ?,"
        " maintenance_reason = ?, maintenance_by = ?, maintenance_since = ?, maintenance_until = ?,"
        " description = ?, facts_at = ?, os = ? WHERE id = ?",
        (
            node.hostname,
            node.deployment_mode,
            node.version,
            node.public_ip,
            node.overlay_ip,
            int(node.maintenance),
            json_text(node.capabilities),
            labels_text(node.labels),
            json_text(node.facts),
            node.updated_at,
            node.revision,
            node.auth,
            node.approval,
            node.mesh_key,
            node.wanted_port,
            node.wanted_mtu,
            node.wanted_changes,
            node.maintenance_reason,
            node.maintenance_by,
            node.maintenance_since,
            node.maintenance_until,
            node.description,
            node.facts_at,
            node.facts.os,
            node.id,
        ),
    )


def get(tx: Transaction, node_id: str) -> Node | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM {_FROM} WHERE id = ? AND deleted_at IS NULL", (node_id,))
    return _node(row) if row else None


def find(tx: Transaction, workspace_id: str, name: str) -> Node | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE workspace_id = ? AND name = ? AND deleted_at IS NULL",
        (workspace_id, name),
    )
    return _node(row) if row else None


def find_in(tx: Transaction, name: str, workspaces: Collection[str] | None) -> list[Node]:
    """Those of this name in these workspaces; None: in all."""
    selection = Selection().where("deleted_at IS NULL").equal("name", name)
    rows, _ = selection.within("workspace_id", workspaces).page(
        tx, _COLUMNS, _FROM, order=(), sortable={}, default="id", limit=10, offset=0
    )
    return [_node(row) for row in rows]


def ids_in(tx: Transaction, workspaces: Collection[str]) -> frozenset[str]:
    if not workspaces:
        return frozenset()
    rows = tx.all(
        "SELECT id FROM nodes WHERE deleted_at IS NULL"
        f" AND workspace_id IN ({placeholders(len(workspaces))})",
        sorted(workspaces),
    )
    return frozenset(row["id"] for row in rows)


def name_of(tx: Transaction, node_id: str) -> str:
    return str(tx.value("SELECT name FROM nodes WHERE id = ?", (node_id,)) or "")


def names_of(tx: Transaction, node_ids: Sequence[str]) -> dict[str, str]:
    """Id to name, also of deleted nodes."""
    names: dict[str, str] = {}
    for first in range(0, len(node_ids), 500):
        some = node_ids[first : first + 500]
        rows = tx.all(f"SELECT id, name FROM nodes WHERE id IN ({placeholders(len(some))})", some)
        names.update((node_id, name) for node_id, name in rows)
    return names


# As `Node.shown_state`.
_SHOWN_STATE = (
    f"CASE WHEN approval = '{Approval.WAITING}' THEN '{NodeState.PENDING}'"
    f" WHEN maintenance = 1 THEN '{NodeState.MAINTENANCE}' ELSE state END"
)


def _load(column: str) -> str:
    """A figure of load as far as it is shown: what a node said that is heard no more says nothing of now."""
    known = f"state IN ('{NodeState.ONLINE}', '{NodeState.DEGRADED}') OR maintenance = 1"
    return f"CASE WHEN {known} THEN {column} END"


_SORTABLE = {
    "name": natural("name"),
    "state": "state",
    "created_at": "created_at",
    "last_seen_at": nothing_first("last_seen_at"),
    "cpu": nothing_last(_load("cpu_percent")),
    "memory": nothing_last(_load("memory_percent")),
    "disk": nothing_last(_load("disk_percent")),
    "version": natural_version("version"),
    "os": "os",
}


def _tie_break(query: NodeQuery) -> str:
    """By name as people count, but as text after a figure: to compute the former for every node takes ten times as
    long as the rest of the list."""
    is_by_figure = any(field not in ("name", "state") for field, _ in query.order)
    return "name, id" if is_by_figure else by_name("name", "id")


_SEARCHED = ("name", "hostname", "overlay_ip", "public_ip", "labels")


def select(
    tx: Transaction,
    query: NodeQuery,
    *,
    workspaces: Collection[str] | None,
    workspace_names: Callable[[], Mapping[str, str]],
) -> tuple[list[NodeView], int]:
    """One page, by name, of the nodes in these workspaces (None: all), and how many there are in all."""
    selection = Selection().where("deleted_at IS NULL").within("workspace_id", workspaces)
    selection.equal("name", query.name.lower() if query.name else None)
    if query.state is NodeState.MAINTENANCE:
        selection.where("maintenance = 1")
    elif query.state is not None:
        selection.where("state = ? AND maintenance = 0", query.state)
    selection.equal("approval", query.approval)
    selection.labelled("labels", query.label)
    selection.equal("version", query.version or None)
    if query.os:
        selection.where(*contains(("os",), query.os))
    if query.outdated is not None:
        older = [version for version in _versions(tx) if is_outdated(version) == query.outdated]
        selection.within("version", older)
    if query.search:
        # Labels are stored as JSON.
        selection.where(*contains(_SEARCHED, query.search.replace("=", '":"')))

    rows, total = selection.page(
        tx,
        _COLUMNS,
        _FROM,
        order=query.order,
        sortable=_SORTABLE,
        default=_tie_break(query),
        limit=query.per_page,
        offset=query.offset,
    )
    names, rotating_keys = workspace_names(), credential_store.rotating(tx)
    return [_view(row, names, rotating_keys) for row in rows], total


def _versions(tx: Transaction) -> list[str]:
    return [version for (version,) in tx.all("SELECT DISTINCT version FROM nodes WHERE deleted_at IS NULL")]


class _StoredReport(msgspec.Struct):
    """A `NodeReport` of which most is shown as it is stored."""

    metrics: SystemMetrics = SystemMetrics()
    checks: msgspec.Raw = msgspec.Raw(b"[]")
    alerts: msgspec.Raw = msgspec.Raw(b"[]")
    applied: msgspec.Raw = msgspec.Raw(b"{}")
    mtu: int = 0
    mtu_source: str = ""
    mesh_via: str = ""
    listen_port: int = 0


_NO_REPORT = _StoredReport()
_stored_report = msgspec.json.Decoder(_StoredReport)


def _view(row: Row, workspace_names: Mapping[str, str], rotating_keys: Collection[str]) -> NodeView:
    """As `Nodes.view`, of many at once: what is stored as JSON is not decoded to be encoded again. Tests compare
    the two."""
    (
        node_id,
        workspace_id,
        name,
        hostname,
        deployment_mode,
        version,
        public_ip,
        overlay_ip,
        state,
        maintenance,
        capabilities,
        labels,
        facts,
        state_since,
        created_at,
        _updated_at,
        revision,
        auth,
        approval,
        _mesh_key,
        wanted_port,
        wanted_mtu,
        _wanted_changes,
        reason,
        by,
        since,
        until,
        description,
        facts_at,
        last_seen_at,
        report,
    ) = row
    said = _stored_report.decode(report) if report else _NO_REPORT
    return NodeView(
        id=node_id,
        workspace_id=workspace_id,
        workspace=workspace_names[workspace_id],
        name=name,
        hostname=hostname,
        state=shown_state(state, approval, maintenance=bool(maintenance)),
        public_ip=public_ip or None,
        overlay_ip=overlay_ip or None,
        version=version,
        outdated=is_outdated(version),
        deployment_mode=deployment_mode,
        last_seen_at=optional_rfc3339(last_seen_at),
        state_since=to_rfc3339(state_since),
        created_at=to_rfc3339(created_at),
        capabilities=stored_json(capabilities),
        labels=stored_json(labels),
        facts=stored_json(facts),
        facts_at=optional_rfc3339(facts_at),
        metrics=said.metrics,
        checks=stored_json(said.checks),
        alerts=stored_json(said.alerts),
        revisions=stored_json(said.applied),
        revision=revision,
        auth=auth,
        approval=approval,
        rotating_key=node_id in rotating_keys,
        mtu=said.mtu or None,
        mtu_source=said.mtu_source or None,
        mesh_via=said.mesh_via or None,
        listen_port=said.listen_port or None,
        wanted_port=wanted_port,
        wanted_mtu=wanted_mtu,
        maintenance=view_of(maintenance, since, until, reason, by),
        description=description,
    )


def maintenance_over(tx: Transaction, now: int) -> list[Node]:
    """Nodes whose maintenance has reached its end."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE deleted_at IS NULL AND maintenance_until IS NOT NULL"
        " AND maintenance_until <= ? ORDER BY name, id",
        (now,),
    )
    return [_node(row) for row in rows]


def next_maintenance_end(tx: Transaction) -> int | None:
    end: int | None = tx.value(
        "SELECT MIN(maintenance_until) FROM nodes WHERE deleted_at IS NULL AND maintenance_until IS NOT NULL"
    )
    return end


def wanted_changes(tx: Transaction) -> dict[str, int]:
    """By id, how often the port or MTU of a node was set, of those of which it was."""
    rows = tx.all("SELECT id, wanted_changes FROM nodes WHERE wanted_changes > 0 AND deleted_at IS NULL")
    return {row["id"]: row["wanted_changes"] for row in rows}


def mark_deleted(tx: Transaction, node_id: str, at: int) -> None:
    tx.execute("UPDATE nodes SET deleted_at = ?, updated_at = ? WHERE id = ?", (at, at, node_id))


class StoredWords(msgspec.Struct, frozen=True):
    """What is looked at of a stored report when the control plane starts."""

    interval_s: float = 0.0
    keeps_ports: bool = False


_NO_WORDS = StoredWords()
_stored_words = msgspec.json.Decoder(StoredWords)


def liveness(tx: Transaction) -> list[tuple[str, NodeState, int | None, StoredWords]]:
    """(id, state, last_seen_at, what it said last) of every node."""
    rows = tx.all(f"SELECT id, state, last_seen_at, report FROM {_FROM} WHERE deleted_at IS NULL")
    return [
        (
            row["id"],
            NodeState(row["state"]),
            row["last_seen_at"],
            _stored_words.decode(row["report"]) if row["report"] else _NO_WORDS,
        )
        for row in rows
    ]


def save_reports(tx: Transaction, rows: Iterable[tuple[str, int, NodeReport]]) -> None:
    """(node id, last_seen_at, report) of many nodes."""
    tx.execute_many(
        "INSERT INTO node_reports (node_id, last_seen_at, report, cpu_percent, memory_percent, disk_percent)"
        " SELECT id, ?, ?, ?, ?, ? FROM nodes WHERE id = ? AND deleted_at IS NULL"
        " ON CONFLICT (node_id) DO UPDATE SET last_seen_at = excluded.last_seen_at, report = excluded.report,"
        " cpu_percent = excluded.cpu_percent, memory_percent = excluded.memory_percent,"
        " disk_percent = excluded.disk_percent",
        [
            (seen_at, json_text(report), *load_of(report.metrics), node_id)
            for node_id, seen_at, report in rows
        ],
    )


def save_agent_versions(tx: Transaction, rows: Sequence[tuple[str, str]]) -> None:
    """(version, node id) of many nodes."""
    tx.execute_many("UPDATE nodes SET version = ? WHERE id = ? AND deleted_at IS NULL", rows)


def save_states(tx: Transaction, rows: Sequence[tuple[str, int, str]]) -> None:
    """(state, since, node id) of many nodes."""
    tx.execute_many("UPDATE nodes SET state = ?, state_since = ? WHERE id = ? AND deleted_at IS NULL", rows)


def places(tx: Transaction, node_ids: Sequence[str]) -> list[tuple[str, str, str]]:
    """(id, name, workspace id) of those of them that there are."""
    nodes: list[tuple[str, str, str]] = []
    for first in range(0, len(node_ids), 500):
        some = node_ids[first : first + 500]
        rows = tx.all(
            "SELECT id, name, workspace_id FROM nodes WHERE deleted_at IS NULL"
            f" AND id IN ({placeholders(len(some))})",
            some,
        )
        nodes += [(row["id"], row["name"], row["workspace_id"]) for row in rows]
    return nodes


def workspaces_of(tx: Transaction, node_ids: Sequence[str]) -> dict[str, str]:
    """Id to workspace id of those of them that there are and that are approved."""
    workspaces: dict[str, str] = {}
    for first in range(0, len(node_ids), 500):
        some = node_ids[first : first + 500]
        rows = tx.all(
            "SELECT id, workspace_id FROM nodes WHERE deleted_at IS NULL AND approval = ?"
            f" AND id IN ({placeholders(len(some))})",
            (Approval.APPROVED, *some),
        )
        workspaces.update((node_id, workspace_id) for node_id, workspace_id in rows)
    return workspaces


def state_counts(tx: Transaction, workspaces: Collection[str] | None) -> list[tuple[NodeState, int]]:
    """States as they are shown, and how many nodes of these workspaces (None: all) are in each."""
    selection = Selection().where("deleted_at IS NULL").within("workspace_id", workspaces)
    rows = selection.grouped(tx, _SHOWN_STATE, "nodes")
    return [(NodeState(state), count) for state, count in rows]


_EVERY = 2**31 - 1
_BRIEFLY = f"id, name, workspace_id, {_SHOWN_STATE} AS state"


def _brief(row: Row) -> NodeBrief:
    return NodeBrief(row["id"], row["name"], row["workspace_id"], NodeState(row["state"]))


def unwell(tx: Transaction, workspaces: Collection[str] | None) -> list[NodeBrief]:
    """Those that are Offline or Degraded and should not be."""
    selection = Selection().where("deleted_at IS NULL").within("workspace_id", workspaces)
    selection.where("state IN (?, ?)", NodeState.OFFLINE, NodeState.DEGRADED)
    selection.where("maintenance = 0").equal("approval", Approval.APPROVED)
    return [_brief(row) for row in selection.first(tx, _BRIEFLY, "nodes", order="name, id", limit=_EVERY)]


def briefly(tx: Transaction, node_ids: Sequence[str], workspaces: Collection[str] | None) -> list[NodeBrief]:
    """Those of them that are in these workspaces (None: in any)."""
    nodes: list[NodeBrief] = []
    for first in range(0, len(node_ids), 500):
        selection = Selection().where("deleted_at IS NULL").within("workspace_id", workspaces)
        selection.within("id", node_ids[first : first + 500])
        nodes += [
            _brief(row) for row in selection.first(tx, _BRIEFLY, "nodes", order="name, id", limit=_EVERY)
        ]
    return nodes


def named(tx: Transaction, words: str, workspaces: Collection[str] | None) -> tuple[str, ...]:
    selection = Selection().where("deleted_at IS NULL").within("workspace_id", workspaces)
    selection.where(*contains(("name",), words))
    return tuple(row[0] for row in selection.first(tx, "id", "nodes", order="name, id", limit=500))


def last_reports(tx: Transaction, node_ids: Sequence[str]) -> dict[str, tuple[int | None, NodeReport]]:
    rows = tx.all(
        f"SELECT id, last_seen_at, report FROM {_FROM} WHERE id IN ({placeholders(len(node_ids))})", node_ids
    )
    return {
        row["id"]: (row["last_seen_at"], _report.decode(row["report"]) if row["report"] else NodeReport())
        for row in rows
    }


def overlay_addresses_of(tx: Transaction, label: str) -> dict[str, str]:
    conditions, pairs = zip(*has_labels("labels", label), strict=True)
    rows = tx.all(
        "SELECT id, overlay_ip FROM nodes WHERE deleted_at IS NULL AND approval = ? AND overlay_ip <> ''"
        f" AND {' AND '.join(conditions)} ORDER BY name, id",
        (Approval.APPROVED, *pairs),
    )
    return {row["id"]: row["overlay_ip"] for row in rows}


def in_workspace(tx: Transaction, workspace_id: str) -> list[Node]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE workspace_id = ? AND deleted_at IS NULL ORDER BY name",
        (workspace_id,),
    )
    return [_node(row) for row in rows]


def purge(tx: Transaction, workspace_id: str) -> None:
    """Take away every row of a workspace's nodes."""
    nodes = "SELECT id FROM nodes WHERE workspace_id = ?"
    tx.execute(f"DELETE FROM node_certificates WHERE node_id IN ({nodes})", (workspace_id,))
    tx.execute(f"DELETE FROM node_session_keys WHERE node_id IN ({nodes})", (workspace_id,))
    tx.execute("DELETE FROM nodes WHERE workspace_id = ?", (workspace_id,))


def waiting_with_key(tx: Transaction, mesh_key: str) -> str | None:
    """The node in the waiting room that has this WireGuard key."""
    node_id: str | None = tx.value(
        "SELECT id FROM nodes WHERE mesh_key = ? AND deleted_at IS NULL", (mesh_key,)
    )
    return node_id


def waiting(tx: Transaction) -> list[str]:
    """Ids of the nodes that are not approved yet."""
    rows = tx.all("SELECT id FROM nodes WHERE deleted_at IS NULL AND approval = ?", (Approval.WAITING,))
    return [row["id"] for row in rows]
