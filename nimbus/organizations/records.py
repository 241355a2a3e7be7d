"""Types of organizations."""

from __future__ import annotations

import msgspec

DEFAULT = "default"


class Workspace(msgspec.Struct, frozen=True):
    id: str
    organization: str
    name: str
