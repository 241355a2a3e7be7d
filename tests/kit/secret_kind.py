"""A kind of task with a secret parameter and a secret result, which no kind of the product has: for tests."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest

from nimbus.protocol import kinds
from nimbus.protocol.kinds import Secret, TaskKind

KIND = "join_cluster"


class JoinCluster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    address: str
    join_token: Annotated[Secret, msgspec.Meta(description="the token that the first node gave")]
    password: Secret | None = None


def register(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = TaskKind(KIND, "Join a cluster.", JoinCluster, result_secrets=("admin_token",))
    monkeypatch.setitem(kinds.KINDS, KIND, kind)
