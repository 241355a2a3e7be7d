"""What a deployment would have each edge serve: pure, from the versions of objects and what each edge has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from nimbus.edge.deployments.records import DeployedObject
from nimbus.edge.dialects import Dialect
from nimbus.edge.rendering.upstreams import NodeAddress, backend_upstream, edge_upstream
from nimbus.edge.rendering.virtual_hosts import HostVersion, Rendered, answered
from nimbus.edge.sections.records import Entry, EntryKind, FileBody, Key, UpstreamBody
from nimbus.edge.sections.rules import file_body
from nimbus.edge.upstreams.records import UpstreamSpec
from nimbus.edge.virtual_hosts.records import Targets, VirtualHostSpec
from nimbus.protocol.edge import EdgeCertificate, EdgeProbe

HOST, UPSTREAM = "virtual_host/", "upstream/"


class Candidate(NamedTuple):
    """An edge that the workspace can use."""

    node_id: str
    labels: Mapping[str, str]
    is_own: bool


def is_targeted(targets: Targets, edge: Candidate) -> bool:
    match targets.kind:
        case "all":
            return True
        case "workspace":
            return edge.is_own
        case "labels":
            return all(edge.labels.get(key) == value for key, value in targets.labels.items())
        case _:
            return edge.node_id == targets.node


def waves(nodes: Sequence[str], *, canary: bool, wave: int) -> list[int]:
    """Of each node the wave that it is in, from 0: the canary alone, then so many at a time (0: all)."""
    first = 1 if canary and len(nodes) > 1 else 0
    size = wave or len(nodes) or 1
    return [0 if number < first else first + (number - first) // size for number in range(len(nodes))]


def file_name(host_id: str) -> str:
    return "host_" + host_id.replace("-", "")


def upstream_entry(
    upstream_id: str, version: int, spec: UpstreamSpec, nodes: Mapping[str, NodeAddress]
) -> Entry:
    told = edge_upstream(upstream_id, version, spec, nodes)
    there = [
        server
        for server in spec.servers
        if server.node is None or nodes.get(server.node, NodeAddress("")).address
    ]
    body = UpstreamBody(told, tuple(server.node or "" for server in there))
    return Entry(kind=EntryKind.UPSTREAM, name=told.name, owner=told.owner, version=version, body=_json(body))


def host_entries(host: HostVersion, made: Rendered, certificate: EdgeCertificate | None) -> list[Entry]:
    """All of a virtual host's own; upstreams and certificates that others may use too come beside them."""
    owner = HOST + host.id
    uses = {upstream_id: used.version for upstream_id, used in host.upstreams.items()}
    if host.template.version:
        uses[host.template.id] = host.template.version
    body = FileBody(
        tuple(sorted(made.listens)), answered(host.spec), uses, certificate.id if certificate else ""
    )
    entries = [
        Entry(
            kind=EntryKind.FILE,
            name=file_name(host.id),
            owner=owner,
            version=host.version,
            sha256=made.sha256,
            body=_json(body),
        )
    ]
    for name, found in sorted(made.backends.items()):
        told = backend_upstream(name, found, host.id, host.version)
        entries.append(
            Entry(
                kind=EntryKind.UPSTREAM,
                name=name,
                owner=owner,
                version=host.version,
                body=_json(UpstreamBody(told, ("",) * len(told.servers))),
            )
        )
    return [*entries, *_probes(host, owner)]


def _probes(host: HostVersion, owner: str) -> list[Entry]:
    """One name on each of its ports."""
    names = [name for name, _ in answered(host.spec) if not name.startswith("*") and not name.endswith(".*")]
    if not names:
        return []
    ports = sorted({port for _, port in answered(host.spec)})
    return [
        Entry(
            kind=EntryKind.PROBE,
            name=f"{file_name(host.id)}_{port}",
            owner=owner,
            version=host.version,
            body=_json(
                EdgeProbe(owner, names[0], port, host.spec.ssl_enabled and port == host.spec.listen_port)
            ),
        )
        for port in ports
    ]


def certificate_entry(certificate: EdgeCertificate) -> Entry:
    return Entry(
        kind=EntryKind.CERTIFICATE, name=certificate.id, version=certificate.version, body=_json(certificate)
    )


def used_by(files: Iterable[Entry]) -> set[str]:
    """Owners of upstreams, and ids of certificates."""
    used: set[str] = set()
    for entry in files:
        body = file_body(entry)
        used |= {UPSTREAM + one for one in body.uses} | {body.certificate}
    return used


def orphans(files: Iterable[Entry], others: Iterable[Entry]) -> list[Entry]:
    """Upstreams and certificates that no file uses any more."""
    used = used_by(files)
    return [
        entry
        for entry in others
        if (entry.kind is EntryKind.UPSTREAM and entry.owner.startswith(UPSTREAM) and entry.owner not in used)
        or (entry.kind is EntryKind.CERTIFICATE and entry.name not in used)
    ]


class Change(NamedTuple):
    """What is put into a section and what is taken out of it."""

    put: list[Entry]
    removed: list[Entry]


def change_of(
    present: Sequence[Entry], objects: Iterable[DeployedObject], entries: Sequence[Entry]
) -> Change:
    """`entries` replace all that the virtual hosts among `objects` have there now; what nothing uses then goes."""
    wanted = {entry.key: entry for entry in entries}
    hosts = {one.owner for one in objects if one.owner.startswith(HOST)}
    gone = [entry for entry in present if entry.owner in hosts and entry.key not in wanted]
    leaving = {entry.key for entry in gone}
    rest = [entry for entry in present if entry.key not in leaving and entry.key not in wanted]
    after = [*rest, *wanted.values()]
    files = [entry for entry in after if entry.kind is EntryKind.FILE]
    unused = orphans(files, [entry for entry in after if entry.kind is not EntryKind.FILE])
    dropped = {entry.key for entry in unused}
    put = [entry for key, entry in wanted.items() if key not in dropped]
    return Change(put, [*gone, *(entry for entry in unused if entry.key not in wanted)])


def restoring(
    present: Mapping[Key, Entry], put: Iterable[Entry], before: Iterable[Entry], owners: set[str] | None
) -> Change:
    """Back to what was there before, where it still is as this deployment put it. `owners`: of these objects alone,
    and what belongs to none; None: of all."""
    was = {entry.key: entry for entry in before}
    back: list[Entry] = []
    removed: list[Entry] = []
    for entry in put:
        if owners is not None and entry.owner not in owners:
            continue
        now = present.get(entry.key)
        if now is None or now.content != entry.content:
            continue
        if entry.key in was:
            back.append(was[entry.key])
        else:
            removed.append(entry)
    placed = {entry.key for entry in put}
    gone = [entry for key, entry in was.items() if key not in placed and key not in present]
    back += [entry for entry in gone if owners is None or entry.owner in owners]
    # What was taken away because nothing used it any more is used again.
    used = used_by(entry for entry in back if entry.kind is EntryKind.FILE)
    back += [entry for entry in gone if entry not in back and (entry.owner in used or entry.name in used)]
    return Change(back, removed)


def notes_of(spec: VirtualHostSpec, dialect: Dialect) -> list[str]:
    """What of it this nginx cannot do."""
    notes = []
    if spec.http3 and not dialect.can_http3:
        notes.append(f"HTTP/3 is not used: {dialect} cannot do it")
    if spec.ssl_enabled and spec.http2 and not dialect.can_http2:
        notes.append(f"HTTP/2 is not used: {dialect} was built without it")
    return notes


def port_problems(files: Iterable[Entry]) -> list[str]:
    """A port is spoken to either over TLS or not, by all virtual hosts of an edge."""
    kinds: dict[int, set[bool]] = {}
    for entry in files:
        for listen in file_body(entry).listens:
            if not listen.quic:
                kinds.setdefault(listen.port, set()).add(listen.ssl)
    return [
        f"port {port} would be with TLS and without: all virtual hosts of a port are the one or the other"
        for port, found in sorted(kinds.items())
        if len(found) > 1
    ]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
