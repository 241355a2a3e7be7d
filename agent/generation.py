"""Which generation of the control plane's database this node has heard of: an older copy of it is not obeyed."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from nimbus.protocol.files import write_atomically

log = logging.getLogger("nimbus.agent")


class _Known(msgspec.Struct, frozen=True):
    """`proof` begins with the lineage of the database: LINEAGE.NUMBER.SIGNATURE."""

    number: int = 0
    proof: str = ""

    @property
    def lineage(self) -> str:
        return self.proof.partition(".")[0]


class KnownGeneration:
    """`problem` says why the control plane is not obeyed; "" while it is. `number` and `proof` are for
    heartbeats."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _load(file)
        self.problem = ""

    @property
    def number(self) -> int:
        return self._known.number

    @property
    def proof(self) -> str:
        """What shows a control plane with an older copy that there is a newer one."""
        return self._known.proof if self.problem else ""

    def may_obey(self, number: int) -> bool:
        """Whether what comes with this generation may be applied. 0: of a control plane that has none."""
        return number == 0 or number >= self._known.number

    def learn(self, number: int, proof: str) -> bool:
        """From the answer to a heartbeat; blocks for a small file. As `may_obey`."""
        shown = _Known(number, proof)
        if self.may_obey(number) or (proof and shown.lineage != self._known.lineage):
            self.problem = ""
            if proof and shown != self._known:
                self._store(shown)
            return True
        self.problem = (
            f"the control plane serves an older copy of its database (generation {number}; this node knows"
            f" {self._known.number}): it is ignored until the newer one is back, or that copy is"
            " restored with: nimbus restore"
        )
        return False

    def _store(self, known: _Known) -> None:
        self._known = known
        try:
            write_atomically(self._file, msgspec.json.encode(known))
        except OSError as error:
            log.warning("the generation of the control plane's database cannot be stored: %s", error)


def _load(file: Path) -> _Known:
    """Nothing known of a file that is not there, or damaged: the control plane tells it again."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Known)
    except (OSError, msgspec.DecodeError):
        return _Known()
