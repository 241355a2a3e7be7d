"""What edges say of themselves: taken in from nodes, bounded, and told where it is news."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.edge.edges import store
from nimbus.edge.edges.records import News, StoredReport
from nimbus.edge.edges.rules import Told, kept_report, news_of
from nimbus.edge.edges.service import edge_resource
from nimbus.edge.sections.records import EntryKind
from nimbus.edge.sections.service import EdgeSections
from nimbus.fleet.nodes.records import Node
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import Clock
from nimbus.protocol.edge import EdgeReport
from nimbus.records.audit.service import AuditLog


class EdgeReports:
    def __init__(self, clock: Clock, audit: AuditLog, nodes: Nodes, sections: EdgeSections) -> None:
        self._clock, self._audit = clock, audit
        self._nodes, self._sections = nodes, sections

    def take(self, tx: Transaction, node_id: str, report: EdgeReport) -> None:
        """Of a node that is no edge (any more) nothing is kept."""
        node = self._nodes.find(tx, node_id)
        if node is None or store.get(tx, node_id) is None:
            return
        kept = kept_report(report, self._told(tx, node_id))
        before = store.reports(tx, [node_id]).get(node_id)
        store.save_report(tx, node_id, StoredReport(self._clock.now(), kept))
        nginx = kept.nginx
        if nginx.version_text:
            self._sections.learn(tx, node_id, nginx.version_text, nginx.folder, has_ipv6=nginx.has_ipv6)
        for news in news_of(before.report if before else None, kept):
            self._record(tx, node, news)

    def _told(self, tx: Transaction, node_id: str) -> Told:
        entries = self._sections.entries(tx, node_id)

        def named(kind: EntryKind) -> frozenset[str]:
            return frozenset(entry.name for entry in entries if entry.kind is kind)

        return Told(
            named(EntryKind.FILE),
            named(EntryKind.UPSTREAM),
            frozenset(entry.owner for entry in entries),
            named(EntryKind.CERTIFICATE),
        )

    def _record(self, tx: Transaction, node: Node, news: News) -> None:
        self._audit.record(tx, SYSTEM, news.action, edge_resource(node), after=news.facts)
