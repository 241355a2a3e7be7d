"""Where the names of the control plane were found last, on disk: a machine starts without a name server, too."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from agent.state.database import StateUnwritable
from agent.state.documents import Section, SectionFile

SECTION = "names"
log = logging.getLogger("nimbus.agent")


class FoundNames:
    """Belongs to the Trio thread. `addresses` are those of each name, in the order in which they were found."""

    def __init__(self, section: Section | None = None, file: SectionFile | None = None) -> None:
        self._file = file
        documents = section.documents if section else {}
        self.addresses = {name: tuple(value.decode().split()) for name, value in documents.items()}

    async def keep(self, addresses: Mapping[str, tuple[str, ...]]) -> None:
        """These and no others, when they are other ones than before. What cannot be written is tried with the next
        change: it is of use at a start alone."""
        if addresses == self.addresses:
            return
        self.addresses = dict(addresses)
        if self._file is None:
            return
        documents = {name: " ".join(found).encode() for name, found in addresses.items()}
        try:
            await self._file.save(1, "", documents, whole=True, durable=False)
        except StateUnwritable as error:
            log.warning("where the control plane's names lead is not stored: %s", error)
