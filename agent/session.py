"""The session keys of this node on disk, and signing with them.

A new key is on disk before it is used, and the one before it stays: a node that is killed in between has both, and
so has one whose control plane was restored from a backup that does not know the newest. The newest is tried first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from agent.reasons import reason_of
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import write_atomically
from nimbus.protocol.messages import NonceHint, SessionKey
from nimbus.protocol.signing import (
    ACCESS_KEY_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    session_nonce,
    sign,
    with_nonce,
)

_BELIEVED_COUNTER = 2**62
_REJOIN = "Have the node join again, with a token of: nimbus node token --rejoin NODE"


class SessionKeysUnreadable(NimbusError):
    code = "SESSION_KEYS_UNREADABLE"


class SessionKeyFile:
    """`session.json`, mode 0600: the keys that may be accepted, the newest first. Methods block."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> tuple[SessionKey, ...]:
        """Raises SessionKeysUnreadable."""
        try:
            keys = msgspec.json.decode(self._path.read_bytes(), type=tuple[SessionKey, ...])
        except (OSError, msgspec.DecodeError) as error:
            reason = "it is damaged" if isinstance(error, msgspec.DecodeError) else reason_of(error)
            raise SessionKeysUnreadable(f"{self._path} cannot be used: {reason}", next_step=_REJOIN) from None
        if not keys:
            raise SessionKeysUnreadable(f"{self._path} holds no key", next_step=_REJOIN)
        return keys

    def save(self, keys: tuple[SessionKey, ...]) -> None:
        write_atomically(self._path, msgspec.json.encode(keys))


class Signed(msgspec.Struct, frozen=True):
    """`target` with its nonce, and the header lines that sign the request."""

    key_id: str
    target: str
    headers: dict[str, str]


class Signer:
    """`keys`, the newest first; the first that was not refused signs."""

    def __init__(self, keys: tuple[SessionKey, ...], now: Callable[[], float] = time.time) -> None:
        self.keys = keys
        self._now = now
        self._refused: dict[str, str] = {}
        self._epoch = ""
        self._counter = 0

    @property
    def current(self) -> SessionKey | None:
        """None: the control plane accepts none of them."""
        return next((key for key in self.keys if key.key_id not in self._refused), None)

    def sign(self, method: str, target: str, body: bytes) -> Signed | None:
        """With the next nonce. None: there is no key that could be accepted."""
        key = self.current
        if key is None:
            return None
        # Time as a floor: a node that starts anew is past what it has used up before.
        self._counter = max(self._counter + 1, int(self._now() * 1_000_000))
        target = with_nonce(target, session_nonce(self._epoch, self._counter))
        timestamp = str(int(self._now()))
        signature = sign(key.secret, method, target, timestamp, body)
        headers = {ACCESS_KEY_HEADER: key.key_id, TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature}
        return Signed(key.key_id, target, headers)

    def take_hint(self, hint: NonceHint) -> None:
        """What a refused nonce was answered with. Nothing secret is in it, and nothing to fear: a wrong one makes
        the next request be refused too."""
        self._epoch = hint.epoch[:64]
        if 0 <= hint.newest < _BELIEVED_COUNTER:
            self._counter = max(self._counter, hint.newest)

    def refused(self, key_id: str, code: str) -> None:
        """The control plane does not take this key, for what `code` says."""
        self._refused[key_id] = code

    def why_refused(self) -> str:
        """The code of the newest key's refusal, when all of them are refused."""
        return next((self._refused[key.key_id] for key in self.keys if key.key_id in self._refused), "")

    def try_all_again(self) -> None:
        self._refused.clear()

    def use(self, keys: tuple[SessionKey, ...]) -> None:
        """From now on these, which are on disk."""
        self.keys = keys
        known = {key.key_id for key in keys}
        self._refused = {key_id: code for key_id, code in self._refused.items() if key_id in known}
