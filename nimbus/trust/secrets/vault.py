"""Versions of values: sealed in, opened out. No permissions here, and no audit."""

from __future__ import annotations

from nimbus.db import Transaction
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import NotFound
from nimbus.kernel.sealing import Sealer
from nimbus.trust.secrets import store
from nimbus.trust.secrets.records import Encoding, Secret, SecretValue, SecretVersion
from nimbus.trust.secrets.rules import KEPT_VERSIONS


class Vault:
    """Methods run inside transactions."""

    def __init__(self, clock: Clock, sealer: Sealer) -> None:
        self._clock = clock
        self._sealer = sealer

    def add(
        self,
        tx: Transaction,
        secret_id: str,
        version: int,
        value: str,
        encoding: Encoding,
        created_by: str,
        *,
        restored_from: int | None = None,
    ) -> None:
        """`value` as `rules.checked_value` gave it. Of older versions only the newest are kept."""
        store.insert_version(
            tx,
            SecretVersion(
                secret_id=secret_id,
                version=version,
                encoding=encoding,
                restored_from=restored_from,
                sealed_value=self._sealer.seal(value, version_context(secret_id, version, encoding)),
                created_by=created_by,
                created_at=self._clock.now(),
            ),
        )
        store.forget_versions(tx, secret_id, up_to=version - KEPT_VERSIONS)

    def open(self, tx: Transaction, secret: Secret, version: int | None = None) -> SecretValue:
        """None: the current one. Raises NotFound, and MasterKeyUnusable."""
        number = secret.version if version is None else version
        stored = store.version(tx, secret.id, number)
        if stored is None:
            raise NotFound(
                f"the secret {secret.name} has no version {number}",
                next_step=f"The last {KEPT_VERSIONS} are kept; see: nimbus secret versions {secret.name}",
            )
        context = version_context(secret.id, number, stored.encoding)
        return SecretValue(number, stored.encoding, self._sealer.open(stored.sealed_value, context))


def version_context(secret_id: str, version: int, encoding: str) -> str:
    """What a value is sealed for."""
    return f"secret:{secret_id}:{version}:{encoding}"
