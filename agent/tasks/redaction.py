"""Keeps the secret parameters of a task out of what is said while it runs."""

from __future__ import annotations

from nimbus.protocol.kinds import MASK, secret_parameters
from nimbus.protocol.messages import LeasedTask

# A shorter value would take too much with it, and is no secret worth the name.
SHORTEST = 4


class Redaction:
    """Puts the mask in the place of each secret value."""

    def __init__(self, lease: LeasedTask) -> None:
        names = secret_parameters(lease.kind) & lease.parameters.keys()
        values = {str(lease.parameters[name]) for name in names}
        # Each line of a value that has several is as secret, and comes on a line of its own.
        values |= {line.strip() for value in values for line in value.splitlines()}
        # The longest first: one may be part of another.
        self._values = sorted((v for v in values if len(v) >= SHORTEST), key=len, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._values)

    def text(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, MASK)
        return text

    def lines(self, said: str | bytes) -> str | bytes:
        if isinstance(said, str) or not self._values:
            return self.text(said) if isinstance(said, str) else said
        for value in self._values:
            said = said.replace(value.encode(), MASK.encode())
        return said
