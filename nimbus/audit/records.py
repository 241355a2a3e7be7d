"""Types of the audit log."""

from __future__ import annotations

from typing import Any

import msgspec


class Resource(msgspec.Struct, frozen=True):
    """What was acted on. `kind` is the API's word for it: node, task, join_token ..."""

    kind: str
    id: str
    name: str = ""
    workspace_id: str | None = None


class Change(msgspec.Struct, frozen=True):
    """The fields that differ, as they were and as they are."""

    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
