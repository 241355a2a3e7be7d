"""Pure decisions of sections: what a node is told, whole or as a difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from nimbus.edge.dialects import Dialect, dialect_of
from nimbus.edge.sections.records import (
    KEPT_REVISIONS,
    Entry,
    EntryKind,
    FileBody,
    Head,
    Key,
    Section,
    UpstreamBody,
)
from nimbus.edge.virtual_hosts.configuration import EdgePaths, Listen
from nimbus.edge.whole_nginx import whole_nginx
from nimbus.protocol.access_logs import FILE_NAME
from nimbus.protocol.edge import (
    EDGE_FOLDER,
    EdgeCertificate,
    EdgeDelta,
    EdgeDocument,
    EdgeFile,
    EdgeProbe,
    EdgeUpstream,
)

# Of an edge that has not said yet what it has: what nothing of is used.
_UNKNOWN = Dialect((1, 22, 0), frozenset())
_file_body = msgspec.json.Decoder(FileBody)
_upstream_body = msgspec.json.Decoder(UpstreamBody)
_certificate = msgspec.json.Decoder(EdgeCertificate)
_probe = msgspec.json.Decoder(EdgeProbe)


def paths_in(folder: str) -> EdgePaths:
    """Of an edge whose agent has this folder; "": the usual one."""
    folder = folder or EDGE_FOLDER
    return EdgePaths(f"{folder}/certificates", f"{folder}/challenges.sock", f"{folder}/{FILE_NAME}")


def file_body(entry: Entry) -> FileBody:
    return _file_body.decode(entry.body)


def upstream_body(entry: Entry) -> UpstreamBody:
    return _upstream_body.decode(entry.body)


def changed(present: Mapping[Key, Entry], wanted: Iterable[Entry], removed: Iterable[Key]) -> list[Entry]:
    """What of this is otherwise than it is; what goes is an entry that is gone."""
    news = [
        entry
        for entry in wanted
        if (old := present.get(entry.key)) is None or old.is_gone or old.content != entry.content
    ]
    kept = {entry.key for entry in news}
    gone = [
        msgspec.structs.replace(present[key], is_gone=True, sha256="", body="{}")
        for key in removed
        if key in present and not present[key].is_gone and key not in kept
    ]
    return [*news, *gone]


def listens_of(files: Iterable[Entry]) -> tuple[Listen, ...]:
    """Of all files of an edge, each once."""
    return tuple(sorted({listen for entry in files for listen in file_body(entry).listens}))


def raised(section: Section) -> Section:
    """One revision later."""
    revision = section.revision + 1
    kept_from = max(section.kept_from, revision - KEPT_REVISIONS)
    return msgspec.structs.replace(section, revision=revision, kept_from=kept_from)


def head_text(head: Head, generation: int) -> str:
    folder = head.folder or EDGE_FOLDER
    return whole_nginx(
        dialect_of(head.version_text) or _UNKNOWN,
        head.listens,
        has_ipv6=head.has_ipv6,
        generation=generation,
        generation_socket=f"{folder}/generation.sock",
        access_log=f"{folder}/{FILE_NAME}",
    )


def tells_differences(section: Section, since: int) -> bool:
    """Whether what has changed since this revision (as it is stored) is known. 0: the node has nothing at all."""
    return 0 < since < section.revision and since >= section.kept_from


def document(section: Section, entries: Sequence[Entry], base: int) -> EdgeDocument:
    """`base` is added to revisions when they are told."""
    revision = base + section.revision
    if not section.is_edge:
        return EdgeDocument(revision)
    return EdgeDocument(
        revision,
        revision,
        section.settings,
        head_text(section.head, revision),
        _files(entries),
        _upstreams(entries),
        _certificates(entries),
        _probes(entries),
    )


def delta(section: Section, since: int, entries: Sequence[Entry], base: int) -> EdgeDelta:
    """`entries`: those that were changed since."""
    revision = base + section.revision
    there = [entry for entry in entries if not entry.is_gone]
    return EdgeDelta(
        since=base + since,
        revision=revision,
        generation=revision if section.is_edge else 0,
        head=head_text(section.head, revision) if section.is_edge else "",
        settings=section.settings if section.settings_revision > since else None,
        files=_files(there),
        upstreams=_upstreams(there),
        certificates=_certificates(there),
        probes=_probes(there),
        removed_files=_gone(entries, EntryKind.FILE),
        removed_upstreams=_gone(entries, EntryKind.UPSTREAM),
        removed_certificates=_gone(entries, EntryKind.CERTIFICATE),
    )


def _of_kind(entries: Iterable[Entry], kind: EntryKind) -> list[Entry]:
    return sorted((entry for entry in entries if entry.kind is kind), key=lambda entry: entry.name)


def _gone(entries: Iterable[Entry], kind: EntryKind) -> tuple[str, ...]:
    return tuple(entry.name for entry in _of_kind(entries, kind) if entry.is_gone)


def _files(entries: Iterable[Entry]) -> tuple[EdgeFile, ...]:
    return tuple(
        EdgeFile(entry.name, entry.sha256, entry.owner, entry.version)
        for entry in _of_kind(entries, EntryKind.FILE)
    )


def _upstreams(entries: Iterable[Entry]) -> tuple[EdgeUpstream, ...]:
    return tuple(upstream_body(entry).told for entry in _of_kind(entries, EntryKind.UPSTREAM))


def _certificates(entries: Iterable[Entry]) -> tuple[EdgeCertificate, ...]:
    return tuple(_certificate.decode(entry.body) for entry in _of_kind(entries, EntryKind.CERTIFICATE))


def _probes(entries: Iterable[Entry]) -> tuple[EdgeProbe, ...]:
    return tuple(_probe.decode(entry.body) for entry in _of_kind(entries, EntryKind.PROBE))


def with_drained(entry: Entry, target_id: str, *, drained: bool, is_gone: bool = False) -> Entry:
    """An upstream's entry whose servers on this node get no requests, or get them again. `is_gone`: the node was
    deleted, and whoever has its address now is another."""
    body = upstream_body(entry)
    servers = tuple(
        msgspec.structs.replace(server, drained=drained or is_gone) if node == target_id else server
        for server, node in zip(body.told.servers, body.nodes, strict=True)
    )
    nodes = tuple("" if is_gone and node == target_id else node for node in body.nodes)
    made = UpstreamBody(msgspec.structs.replace(body.told, servers=servers), nodes)
    return msgspec.structs.replace(entry, body=msgspec.json.encode(made).decode())
