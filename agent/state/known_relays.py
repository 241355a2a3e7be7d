"""The nodes that relay for this one, as they were told last, on disk: while the control plane is away they serve an
agent that has just started, too."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence

from agent.state.database import StateUnwritable
from agent.state.documents import Section, SectionFile

SECTION = "relays"
_KEY = "addresses"
log = logging.getLogger("nimbus.agent")


class KnownRelays:
    """Belongs to the Trio thread. `addresses` are of the overlay, in the order in which they are preferred."""

    def __init__(self, section: Section | None = None, file: SectionFile | None = None) -> None:
        self._file = file
        stored = section.documents.get(_KEY, b"") if section else b""
        self.addresses = tuple(each for each in stored.decode(errors="replace").split() if _is_address(each))
        self._stored = self.addresses

    async def keep(self, addresses: Sequence[str]) -> None:
        """These and no others. What cannot be written is tried with the next heartbeat."""
        self.addresses = tuple(addresses)
        if self._file is None or self.addresses == self._stored:
            return
        kept = self.addresses
        try:
            await self._file.save(1, "", {_KEY: " ".join(kept).encode()}, whole=True, durable=False)
        except StateUnwritable as error:
            log.debug("the nodes that relay are not stored: %s", error)
        else:
            self._stored = kept


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
