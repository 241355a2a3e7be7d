"""How far each access log was sent, on disk. What is lost of it costs a batch: the control plane knows it too."""

from __future__ import annotations

import logging
from collections.abc import Collection

from agent.state.database import StateUnwritable
from agent.state.documents import Section, SectionFile

SECTION = "access_logs"
log = logging.getLogger("nimbus.agent")


class LogPositions:
    """Belongs to the Trio thread. By what stands for a file's content, the bytes that have arrived."""

    def __init__(self, section: Section | None = None, file: SectionFile | None = None) -> None:
        self._file = file
        documents = section.documents if section else {}
        self.offsets = {name: int(value) for name, value in documents.items() if value.isdigit()}
        self._stored = dict(self.offsets)

    def offset(self, name: str) -> int:
        return self.offsets.get(name, 0)

    def move(self, name: str, offset: int) -> None:
        self.offsets[name] = offset

    async def keep(self, present: Collection[str]) -> None:
        """Write those of files that are there, and forget the others."""
        self.offsets = {name: offset for name, offset in self.offsets.items() if name in present}
        if self._file is None or self.offsets == self._stored:
            return
        documents = {name: str(offset).encode() for name, offset in self.offsets.items()}
        try:
            await self._file.save(1, "", documents, whole=True, durable=False)
        except StateUnwritable as error:
            log.debug("how far access logs were sent is not stored: %s", error)
        else:
            self._stored = dict(self.offsets)
