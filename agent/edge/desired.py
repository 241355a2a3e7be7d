"""What this node's nginx is to serve, as it was last told, on disk: the section `edge` of desired state."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

import msgspec

from agent.state.database import StateUnwritable
from agent.state.documents import Section, SectionFile
from nimbus.protocol.edge import EdgeDelta, EdgeDocument, EdgeSection

SECTION = "edge"
_DOCUMENT, _TEXT = "document", "text/"
_decoder = msgspec.json.Decoder(EdgeDocument)
log = logging.getLogger("nimbus.edge")


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


class DeltaUnknown(Exception):
    """It does not begin at what this node has."""


def following(document: EdgeDocument, section: EdgeSection) -> EdgeDocument:
    """What this section makes of the document. Raises DeltaUnknown."""
    if section.whole is not None:
        return section.whole
    delta = section.delta
    if delta is None:
        return document
    if delta.since != document.revision:
        raise DeltaUnknown
    return _changed(document, delta)


def _changed(document: EdgeDocument, delta: EdgeDelta) -> EdgeDocument:
    certificates = {one.id: one for one in document.certificates} | {
        one.id: one for one in delta.certificates
    }
    for gone in delta.removed_certificates:
        certificates.pop(gone, None)
    owners = {probe.owner for probe in delta.probes}
    files = _merged(document.files, delta.files, delta.removed_files)
    there = {file.owner for file in files}
    probes = [probe for probe in document.probes if probe.owner not in owners and probe.owner in there]
    return EdgeDocument(
        delta.revision,
        delta.generation,
        document.settings if delta.settings is None else delta.settings,
        delta.head,
        files,
        _merged(document.upstreams, delta.upstreams, delta.removed_upstreams),
        tuple(certificates[key] for key in sorted(certificates)),
        tuple(
            sorted([*probes, *delta.probes], key=lambda probe: (probe.owner, probe.server_name, probe.port))
        ),
    )


def _merged(before: Iterable[N], news: Iterable[N], removed: Iterable[str]) -> tuple[N, ...]:
    found = {one.name: one for one in before} | {one.name: one for one in news}
    for gone in removed:
        found.pop(gone, None)
    return tuple(found[name] for name in sorted(found))


class DesiredEdge:
    """Belongs to the Trio thread. `texts` are those of the document's files, by their SHA-256."""

    def __init__(self, section: Section | None = None, file: SectionFile | None = None) -> None:
        self._file = file
        self.document, self.texts = _stored(section)
        self._stored_texts = set(self.texts)
        self._unwritten = self._is_whole_to_write = False

    @property
    def revision(self) -> int:
        return self.document.revision

    @property
    def is_edge(self) -> bool:
        return self.document.generation > 0

    def lacking(self, document: EdgeDocument) -> list[str]:
        """Digests of texts that are not here yet."""
        return sorted({file.sha256 for file in document.files} - self.texts.keys())

    def accept(self, document: EdgeDocument, texts: Mapping[str, str]) -> None:
        """With the texts that were lacking; what is used no more goes."""
        used = {file.sha256 for file in document.files}
        self.texts = {digest: text for digest, text in {**self.texts, **texts}.items() if digest in used}
        self.document, self._unwritten = document, True

    def rewrite(self) -> None:
        """The file was begun anew."""
        self._unwritten = self._is_whole_to_write = bool(self.revision)

    async def store(self) -> None:
        """When it cannot be written, the next call tries again."""
        if self._file is None or not self._unwritten:
            return
        document, texts, whole = self.document, dict(self.texts), self._is_whole_to_write
        known = set() if whole else self._stored_texts
        entries: dict[str, bytes | None] = {
            f"{_TEXT}{digest}": text.encode() for digest, text in texts.items() if digest not in known
        }
        entries |= {f"{_TEXT}{digest}": None for digest in known - texts.keys()}
        entries[_DOCUMENT] = msgspec.json.encode(document)
        try:
            await self._file.save(document.revision, "", entries, whole=whole, durable=True)
        except StateUnwritable as error:
            log.warning("revision %d of the edge is used, but not stored: %s", document.revision, error)
        else:
            self._stored_texts, self._is_whole_to_write = set(texts), False
            self._unwritten = document is not self.document


def _stored(section: Section | None) -> tuple[EdgeDocument, dict[str, str]]:
    if section is None or _DOCUMENT not in section.documents:
        return EdgeDocument(0), {}
    try:
        document = _decoder.decode(section.documents[_DOCUMENT])
        texts = {
            key.removeprefix(_TEXT): content.decode()
            for key, content in section.documents.items()
            if key.startswith(_TEXT)
        }
    except (msgspec.DecodeError, UnicodeDecodeError):
        document, texts = EdgeDocument(0), {}
    if {file.sha256 for file in document.files} - texts.keys():
        document = EdgeDocument(0)
    if not document.revision:
        log.warning("what was stored of the edge cannot be read: asking for it again")
        return EdgeDocument(0), {}
    return document, texts
