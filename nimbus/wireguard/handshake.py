"""What a datagram of WireGuard is, as far as that is seen without its keys (whitepaper, section 5.4)."""

from __future__ import annotations

import hashlib
import hmac

from nimbus.wireguard.keys import key_bytes

INITIATION, RESPONSE, COOKIE, DATA = 1, 2, 3, 4
_INITIATION_BYTES, _RESPONSE_BYTES = 148, 92
_MAC_BYTES = 16
_LABEL_MAC1 = b"mac1----"


def is_initiation(datagram: bytes | memoryview) -> bool:
    return len(datagram) == _INITIATION_BYTES and datagram[0] == INITIATION


def is_response(datagram: bytes | memoryview) -> bool:
    return len(datagram) == _RESPONSE_BYTES and datagram[0] == RESPONSE


class InitiationCheck:
    """Whether an initiation is meant for the peer with this public key: by `mac1`, which only who knows that key
    can make (section 5.4.4). That it comes from somebody whom the peer knows is another matter."""

    def __init__(self, public_key: str) -> None:
        self._key = hashlib.blake2s(_LABEL_MAC1 + key_bytes(public_key)).digest()

    def admits(self, datagram: bytes) -> bool:
        if not is_initiation(datagram):
            return False
        signed, mac1 = datagram[: -2 * _MAC_BYTES], datagram[-2 * _MAC_BYTES : -_MAC_BYTES]
        expected = hashlib.blake2s(signed, key=self._key, digest_size=_MAC_BYTES).digest()
        return hmac.compare_digest(mac1, expected)
