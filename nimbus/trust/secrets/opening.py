"""From the key file to a keyring that opens all that is stored, or a refusal: before anything is served."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nimbus.db import Transaction
from nimbus.db.sealed_columns import SealedColumn, Usage, usage
from nimbus.trust.secrets.key_file import MAKE_A_KEY, KeyFile
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKeyUnusable


def open_keyring(tx: Transaction, columns: Sequence[SealedColumn], default: Path, named: str = "") -> Keyring:
    """The keys of the file `named`, which must exist, else of `default`, which is made at the first start. Whoever
    is not the control plane calls it in the write transaction in which it seals. Raises MasterKeyUnusable, also
    when a value needs a key that is not there; nothing is made then."""
    used = usage(tx, columns)
    file = KeyFile(Path(named) if named else default)
    if named:
        if not file.path.exists():
            raise MasterKeyUnusable(
                f"the master key file {named} does not exist",
                next_step=f"Mount it there; a first one is made with: (umask 077; {MAKE_A_KEY} > {named})",
            )
    else:
        if not file.path.exists():
            _check(used, (), file)
        file.create_if_missing()
    keyring = Keyring(file.read(), file)
    _check(used, keyring.key_ids, file)
    return keyring


def _check(used: Sequence[Usage], known: Sequence[str], file: KeyFile) -> None:
    missing: dict[str, list[Usage]] = {}
    for use in used:
        if use.key_id and use.key_id not in known:
            missing.setdefault(use.key_id, []).append(use)
    if not missing:
        return
    key_id, values = next(iter(missing.items()))
    count = sum(use.count for use in values)
    where = ", ".join(sorted(use.column for use in values))
    there = f"which has {', '.join(known)}" if known else "which does not exist"
    others = f", and {len(missing) - 1} further keys" if len(missing) > 1 else ""
    raise MasterKeyUnusable(
        f"{count} stored values ({where}) need master key {key_id}{others}, not in {file.path}, {there}",
        next_step="Put the right file back, add the missing key as a further line, or name the file that was used "
        "(NIMBUS_MASTER_KEY_FILE).",
        details=[
            {"field": key_id, "message": f"{sum(use.count for use in uses)} values need it"}
            for key_id, uses in missing.items()
        ],
    )
