"""When WireGuard's way to the control plane leads over TLS. Pure; times are seconds of one clock.

UDP   no handshake and no byte for 15 s, and no connection     TLS
TLS   a handshake is answered by UDP                           UDP
"""

from __future__ import annotations

from nimbus.wireguard.model import PeerState

PATIENCE_S = 15.0


class TlsFallback:
    """`is_active`: by TLS. `begin`: as at the last time, which costs a second where UDP works again."""

    def __init__(self, *, is_active: bool = False) -> None:
        self.is_active = is_active
        self._sign: tuple[float | None, int] | None = None
        self._since = 0.0

    def look(self, state: PeerState | None, *, connected: bool, now: float) -> bool:
        """`state` of the control plane's peer. Whether it is time for TLS, which is active then."""
        sign = (state.last_handshake, state.rx_bytes) if state else (None, 0)
        if connected or sign != self._sign:
            self._sign, self._since = sign, now
        if self.is_active or now < self._since + PATIENCE_S:
            return False
        self.is_active = True
        return True

    def udp_answers(self) -> None:
        self.is_active, self._sign = False, None
