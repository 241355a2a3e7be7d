"""The master keys of this process: one seals, all open."""

from __future__ import annotations

from collections.abc import Sequence

from nimbus.trust.secrets.key_file import KeyFile
from nimbus.trust.secrets.master_key import MasterKey, key_id_of, unknown_key


class Keyring:
    """A `nimbus.kernel.sealing.Sealer`. Used by all threads at once; changed within write transactions
    only. A key that has left the file still opens here until the process ends, for values that somebody holds in
    memory."""

    def __init__(self, keys: Sequence[MasterKey], file: KeyFile) -> None:
        self.file = file
        self._keys = {key.key_id: key for key in keys}
        self._primary = keys[0]

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.key_ids)})"

    @property
    def key_id(self) -> str:
        """The id of the primary key, which seals new values."""
        return self._primary.key_id

    @property
    def key_ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def keys(self) -> tuple[MasterKey, ...]:
        return tuple(self._keys.values())

    def seal(self, plaintext: str, context: str) -> str:
        return self._primary.seal(plaintext, context)

    def open(self, sealed: str, context: str) -> str:
        """Raises MasterKeyUnusable, which names the key that is missing or whose value was altered."""
        key_id = key_id_of(sealed)
        key = self._keys.get(key_id)
        if key is None:
            raise unknown_key(key_id, f"this control plane has {', '.join(self.key_ids)}")
        return key.open(sealed, context)

    def learn(self, key: MasterKey) -> None:
        """Values that this key has sealed can be opened from now on; it does not seal yet."""
        self._keys = {**self._keys, key.key_id: key}

    def forget(self, key_id: str) -> None:
        assert key_id != self.key_id
        self._keys = {known: key for known, key in self._keys.items() if known != key_id}

    def promote(self, key_id: str) -> None:
        """New values are sealed with this key from now on. It must be in the file already."""
        self._primary = self._keys[key_id]
