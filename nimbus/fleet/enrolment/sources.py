"""Which addresses agents may come from."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence

from nimbus.kernel.errors import Forbidden

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_REMEMBERED = 4096
log = logging.getLogger("nimbus.enrolment")


class SourceNotAllowed(Forbidden):
    code = "SOURCE_NOT_ALLOWED"


class AgentSources:
    """The setting `agent_sources`. Without networks every address is allowed."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)
        self._known: dict[str, bool] = {}

    def __bool__(self) -> bool:
        """Whether there is anything to check."""
        return bool(self._networks)

    def allows(self, address: str) -> bool:
        """`address` without a port; what is no address is not allowed (unless everything is)."""
        if not self._networks:
            return True
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[address] = self._is_within(address)
            if not known:
                log.warning("%s is refused: it is not among agent_sources", address or "an unknown address")
        return known

    def check(self, address: str) -> None:
        """Raises SourceNotAllowed."""
        if not self.allows(address):
            raise not_allowed(address)

    def _is_within(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        return any(parsed.version == network.version and parsed in network for network in self._networks)


def not_allowed(address: str) -> SourceNotAllowed:
    return SourceNotAllowed(
        f"your address {address or 'that is not known'} is not among agent_sources",
        next_step="Have its network added to the setting agent_sources of the control plane.",
    )
