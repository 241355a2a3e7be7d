"""The section `node` as this node was last told, on disk: it is there after a start without the control plane."""

from __future__ import annotations

import logging

import msgspec

from agent.state.database import StateUnwritable
from agent.state.documents import Section, SectionFile
from nimbus.protocol.node_section import NodeContent, NodeSection
from nimbus.wireguard.keys import is_key
from nimbus.wireguard.model import MTU_LIMITS

SECTION = "node"
_CONTENT, _JOINED = "content", "joined"
_decoder = msgspec.json.Decoder(NodeContent)
log = logging.getLogger("nimbus.agent")


class DesiredNode:
    """Belongs to the Trio thread. `joined_at` names the join: what was told before it is of no use any more."""

    def __init__(
        self, section: Section | None = None, file: SectionFile | None = None, joined_at: float = 0.0
    ) -> None:
        self._file = file
        self._joined = repr(joined_at).encode()
        self._section: NodeSection | None = None
        self.content: NodeContent | None = None
        self._unwritten = False
        if section is not None and section.documents.get(_JOINED) == self._joined:
            content = msgspec.Raw(section.documents.get(_CONTENT, b""))
            if not self.take(NodeSection(section.revision, section.checksum, content)):
                log.warning("what was stored of the control plane cannot be read: asking for it again")
            self._unwritten = False

    @property
    def revision(self) -> int:
        return self._section.revision if self._section else 0

    def take(self, section: NodeSection) -> bool:
        """Whether it is whole; else nothing is taken."""
        try:
            content = _decoder.decode(section.content) if section.is_whole else None
        except msgspec.DecodeError:
            content = None
        if content is None or not is_usable(content):
            return False
        self._section, self.content, self._unwritten = section, content, True
        return True

    def rewrite(self) -> None:
        """The file was begun anew."""
        self._unwritten = self._section is not None

    async def store(self) -> None:
        """When it cannot be written, the next call tries again."""
        section = self._section
        if self._file is None or section is None or not self._unwritten:
            return
        documents = {_CONTENT: bytes(section.content), _JOINED: self._joined}
        try:
            await self._file.save(section.revision, section.checksum, documents, whole=True, durable=True)
        except StateUnwritable as error:
            log.warning("where the control plane is (revision %d) is not stored: %s", section.revision, error)
        else:
            self._unwritten = section is not self._section


def is_usable(content: NodeContent) -> bool:
    """Whether a node can live by it."""
    return (
        0.01 <= content.heartbeat_interval_s <= 3600
        and 0 <= content.listen_port <= 65535
        and (content.mtu == 0 or MTU_LIMITS[0] <= content.mtu <= MTU_LIMITS[1])
        and (not content.hub_key or is_key(content.hub_key))
        and all(url.startswith("https://") for url in (*content.agent_api, *content.public_api))
    )
