"""Encryption at rest as other slices see it; `nimbus.trust.secrets` has the one that is used."""

from __future__ import annotations

from typing import Protocol


class Sealer(Protocol):
    """`context` is bound to the sealed value: it opens for the record that it was sealed for only."""

    def seal(self, plaintext: str, context: str) -> str: ...
    def open(self, sealed: str, context: str) -> str: ...
