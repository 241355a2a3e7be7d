"""When WireGuard's way to the control plane leads over TLS. Pure; times are seconds of one clock.

UDP   no handshake and no byte for 15 s, and no connection     TLS
TLS   a handshake is answered by UDP                           UDP
TLS   no handshake and no byte for 45 s either                 UDP, by its next address
"""

from __future__ import annotations

from typing import Literal

from nimbus.wireguard.model import PeerState

PATIENCE_S = 15.0
TLS_PATIENCE_S = 45.0


class TlsFallback:
    """`is_active`: by TLS. To begin with it costs a second where UDP works."""

    def __init__(self, *, is_active: bool = False) -> None:
        self.is_active = is_active
        self._sign: tuple[float | None, int] | None = None
        self._since = 0.0

    def look(self, state: PeerState | None, *, connected: bool, now: float) -> Literal["tls", "udp", ""]:
        """`state` of the control plane's peer. The way that it is time for now; "": it stays as it is."""
        sign = (state.last_handshake, state.rx_bytes) if state else (None, 0)
        if connected or sign != self._sign:
            self._sign, self._since = sign, now
        if now < self._since + (TLS_PATIENCE_S if self.is_active else PATIENCE_S):
            return ""
        self.is_active, self._since = not self.is_active, now
        return "tls" if self.is_active else "udp"

    def udp_answers(self) -> None:
        self.is_active, self._sign = False, None
