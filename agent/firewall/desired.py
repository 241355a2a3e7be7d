"""The firewall as this node was last told, on disk: it is there after a start without the control plane."""

from __future__ import annotations

import logging

import msgspec

from agent.state.database import StateUnwritable
from agent.state.documents import Section, SectionFile
from nimbus.protocol.firewall import FirewallDocument

SECTION = "firewall"
_KEY = "document"
_decoder = msgspec.json.Decoder(FirewallDocument)
log = logging.getLogger("nimbus.firewall")


class DesiredFirewall:
    """Belongs to the Trio thread."""

    def __init__(self, section: Section | None = None, file: SectionFile | None = None) -> None:
        self._file = file
        self.document = _stored(section)
        self._unwritten = False

    @property
    def revision(self) -> int:
        return self.document.revision

    def accept(self, document: FirewallDocument) -> None:
        self.document, self._unwritten = document, True

    def rewrite(self) -> None:
        """The file was begun anew."""
        self._unwritten = bool(self.revision)

    async def store(self) -> None:
        """When it cannot be written, the next call tries again."""
        if self._file is None or not self._unwritten:
            return
        document = self.document
        encoded = {_KEY: msgspec.json.encode(document)}
        try:
            await self._file.save(document.revision, "", encoded, whole=True, durable=True)
        except StateUnwritable as error:
            log.warning(
                "the firewall of revision %d is applied, but not stored: %s", document.revision, error
            )
        else:
            self._unwritten = document is not self.document


def _stored(section: Section | None) -> FirewallDocument:
    if section is None:
        return FirewallDocument(0)
    try:
        return _decoder.decode(section.documents.get(_KEY, b""))
    except msgspec.DecodeError:
        log.warning("the stored firewall cannot be read: asking for it again")
        return FirewallDocument(0)
