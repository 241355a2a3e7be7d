"""The door to sections: for slices that change what edges serve, and for nodes that ask."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from nimbus.db import Database, Transaction
from nimbus.edge.sections import store
from nimbus.edge.sections.records import EdgeSectionChanged, Entry, EntryKind, Head, Key, Section
from nimbus.edge.sections.rules import (
    changed,
    delta,
    document,
    file_body,
    listens_of,
    raised,
    tells_differences,
    upstream_body,
    with_drained,
)
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import NotFound, invalid
from nimbus.kernel.events import EventBus
from nimbus.protocol.edge import MAX_TEXTS, EdgeCertificate, EdgeSection, EdgeSettings, EdgeTexts

SECTION = "edge"
TEXTS_KEPT_S = 86_400.0
_NOTHING = Head()


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class EdgeSections:
    """`revision_of` belongs to the Trio thread, all else to transactions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        # Of every node that ever was an edge.
        self._revisions: dict[str, int] = {}

    def subscribe(self, bus: EventBus) -> None:
        """Before who tells nodes of it."""
        bus.subscribe(EdgeSectionChanged, self._on_changed)

    def _on_changed(self, event: EdgeSectionChanged) -> None:
        self._revisions[event.node_id] = event.revision

    async def load(self) -> None:
        self._revisions = await self._database.read(store.revisions)

    # For nodes.

    def revision_of(self, node_id: str) -> int:
        """0: it never was an edge, and need not ask."""
        return self._revisions.get(node_id, 0)

    def document(self, tx: Transaction, node_id: str, since: int = 0) -> EdgeSection | None:
        """What is new since a revision, or all; None when nothing is."""
        section = store.section(tx, node_id)
        if section is None:
            return None
        base = store.base(tx)
        if since == base + section.revision:
            return None
        if tells_differences(section, since - base):
            entries = store.changed_since(tx, node_id, since - base)
            return EdgeSection(delta=delta(section, since - base, entries, base))
        return EdgeSection(whole=document(section, store.entries(tx, node_id), base))

    def texts(self, tx: Transaction, node_id: str, digests: Sequence[str]) -> EdgeTexts:
        """Raises ValidationError for too many, NotFound for one that the node is not to serve."""
        if len(digests) > MAX_TEXTS:
            raise invalid("sha256", f"at most {MAX_TEXTS}")
        texts = store.texts_of(tx, node_id, list(dict.fromkeys(digests)))
        if missing := set(digests) - texts.keys():
            raise NotFound(f"{len(missing)} of these texts are not in the section of this node")
        return EdgeTexts(texts)

    def names_certificate(self, tx: Transaction, node_id: str, certificate_id: str, version: int) -> bool:
        """Whether the node is to serve this certificate in this version."""
        found = store.named(tx, node_id, [certificate_id])
        return any(
            entry.kind is EntryKind.CERTIFICATE and not entry.is_gone and entry.version == version
            for entry in found
        )

    # For slices that decide what an edge serves.

    def begin(self, tx: Transaction, node_id: str, settings: EdgeSettings) -> None:
        """The node is an edge from now on."""
        section = store.section(tx, node_id) or Section(node_id=node_id)
        self._save(tx, section, [], is_edge=True, settings=settings)

    def configure(self, tx: Transaction, node_id: str, settings: EdgeSettings) -> None:
        section = self._section(tx, node_id)
        if section.settings != settings:
            self._save(tx, section, [], settings=settings)

    def learn(self, tx: Transaction, node_id: str, version_text: str, folder: str, *, has_ipv6: bool) -> None:
        """What the edge says of its nginx; known already changes nothing."""
        section = self._section(tx, node_id)
        head = Head(version_text, has_ipv6, folder, section.head.listens)
        if section.head != head:
            self._save(tx, section, [], head=head)

    def end(self, tx: Transaction, node_id: str) -> None:
        """The node is no edge any more: it is told so, and that it serves nothing."""
        section = store.section(tx, node_id)
        if section is None or not section.is_edge:
            return
        present = {entry.key: entry for entry in store.entries(tx, node_id)}
        self._save(tx, section, changed(present, [], present), is_edge=False, head=_NOTHING)

    def change(
        self, tx: Transaction, node_id: str, wanted: Iterable[Entry], removed: Iterable[Key] = ()
    ) -> int:
        """The edge serves these entries, too, and those that are removed not any more. The generation (the revision
        as it is told) that has it: also when nothing was otherwise, so that what was ordered can be proven."""
        listed, leaving = list(wanted), list(removed)
        names = {entry.name for entry in listed} | {name for _, name in leaving}
        present = {entry.key: entry for entry in store.named(tx, node_id, names)}
        return self._save(tx, self._section(tx, node_id), changed(present, listed, leaving))

    def entries_of(self, tx: Transaction, node_id: str, owners: Collection[str]) -> list[Entry]:
        return store.owned(tx, node_id, owners)

    def entries(self, tx: Transaction, node_id: str, kind: EntryKind | None = None) -> list[Entry]:
        return store.entries(tx, node_id, kind)

    def named(self, tx: Transaction, node_id: str, keys: Collection[Key]) -> list[Entry]:
        """Those of these that are there."""
        found = store.named(tx, node_id, {name for _, name in keys})
        return [entry for entry in found if entry.key in keys and not entry.is_gone]

    def host_counts(self, tx: Transaction) -> dict[str, int]:
        """Edge to how many virtual hosts it is to serve."""
        return store.host_counts(tx)

    def virtual_hosts_of(self, tx: Transaction, node_id: str) -> dict[str, str]:
        """Of those that a node serves, or served until a while ago, id to workspace id."""
        return store.virtual_hosts_of(tx, node_id)

    def head(self, tx: Transaction, node_id: str) -> Head:
        section = store.section(tx, node_id)
        return section.head if section else _NOTHING

    def is_edge(self, tx: Transaction, node_id: str) -> bool:
        section = store.section(tx, node_id)
        return section is not None and section.is_edge

    def told_revision(self, tx: Transaction, node_id: str) -> int:
        section = store.section(tx, node_id)
        return store.base(tx) + section.revision if section else 0

    def keep_texts(self, tx: Transaction, texts: Iterable[str]) -> None:
        """So that entries can name them; what nothing names is deleted after a day."""
        store.keep_texts(tx, {digest_of(text): text for text in texts}.items(), self._clock.now())

    def text(self, tx: Transaction, digest: str) -> str:
        """ "" when it is not there any more."""
        return store.text(tx, digest) or ""

    def forget_texts(self, tx: Transaction) -> None:
        """Those that no section has named for a day."""
        store.forget_texts(tx, self._clock.now() - from_seconds(TEXTS_KEPT_S))

    def certificate_changed(self, tx: Transaction, certificate: EdgeCertificate) -> list[str]:
        """A certificate was issued or uploaded again: every edge that serves it is told. Which these are."""
        body = msgspec.json.encode(certificate).decode()
        told = []
        for node_id, entry in store.with_certificate(tx, certificate.id):
            again = msgspec.structs.replace(entry, version=certificate.version, body=body)
            self.change(tx, node_id, [again])
            told.append(node_id)
        return told

    def serving(self, tx: Transaction, certificate_id: str) -> list[str]:
        """The edges that are to serve it."""
        return [node_id for node_id, _ in store.with_certificate(tx, certificate_id)]

    def remove_node(self, tx: Transaction, node_id: str) -> None:
        """Of a node that goes; where it is a server of an upstream, it gets no requests any more."""
        self._each_block(tx, node_id, lambda entry: with_drained(entry, node_id, drained=True, is_gone=True))
        store.set_drained(tx, node_id, None)
        store.delete_of_node(tx, node_id)

    # For nodes that are servers of upstreams.

    def server_nodes(self, tx: Transaction) -> set[str]:
        return store.server_nodes(tx)

    def drained(self, tx: Transaction) -> set[str]:
        return store.drained(tx)

    def drain(self, tx: Transaction, target_id: str, *, drained: bool) -> list[str]:
        """The servers of upstreams that are this node get no requests, or get them again, on every edge that has
        them. Which these are."""
        store.set_drained(tx, target_id, self._clock.now() if drained else None)
        return self._each_block(tx, target_id, lambda entry: with_drained(entry, target_id, drained=drained))

    def _each_block(self, tx: Transaction, target_id: str, changed_to: Callable[[Entry], Entry]) -> list[str]:
        blocks = store.blocks_with(tx, target_id)
        for node_id, names in blocks.items():
            entries = store.named(tx, node_id, names)
            here = [entry for entry in entries if entry.kind is EntryKind.UPSTREAM and not entry.is_gone]
            self.change(tx, node_id, [changed_to(entry) for entry in here])
        return list(blocks)

    # Inside.

    def _section(self, tx: Transaction, node_id: str) -> Section:
        section = store.section(tx, node_id)
        if section is None:
            raise NotFound("this node is no edge", next_step="Make it one with: nimbus edge add NODE")
        return section

    def _save(self, tx: Transaction, section: Section, news: list[Entry], **changes: object) -> int:
        """The section with these changes and entries, one revision later; everybody who waits is told."""
        after = msgspec.structs.replace(raised(section), **changes)
        if "settings" in changes:
            after = msgspec.structs.replace(after, settings_revision=after.revision)
        store.put(tx, section.node_id, news, after.revision)
        if any(entry.kind is EntryKind.FILE for entry in news) and after.is_edge:
            listens = listens_of(store.entries(tx, section.node_id, EntryKind.FILE))
            after = msgspec.structs.replace(after, head=msgspec.structs.replace(after.head, listens=listens))
        for entry in news:
            if entry.kind is EntryKind.UPSTREAM:
                nodes = () if entry.is_gone else filter(None, upstream_body(entry).nodes)
                store.set_node_servers(tx, section.node_id, entry.name, tuple(nodes))
        store.save(tx, after)
        revision = store.base(tx) + after.revision
        tx.emit(EdgeSectionChanged(section.node_id, revision))
        return revision


def claims_of(entries: Iterable[Entry]) -> set[tuple[str, int]]:
    """Names and ports that these files answer on."""
    return {claim for entry in entries if entry.kind is EntryKind.FILE for claim in file_body(entry).claims}
