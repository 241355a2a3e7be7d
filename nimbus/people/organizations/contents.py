"""What lives in a workspace or an organization: told by the slices above, so that a deletion knows what goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from nimbus.db import Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.errors import Conflict
from nimbus.people.organizations.records import Occupants

SHOWN_NAMES = 20


class Occupant(msgspec.Struct, frozen=True):
    """One kind of resource. `names(tx, id)` are those inside, `remove(tx, actor, id)` deletes them all, each with
    its audit row; `permission` is what that takes."""

    kind: str
    permission: Permission
    names: Callable[[Transaction, str], list[str]]
    remove: Callable[[Transaction, Actor, str], Any]


def contents(tx: Transaction, occupants: Sequence[Occupant], place_id: str) -> tuple[Occupants, ...]:
    """Kinds of which there is something."""
    inside = []
    for occupant in occupants:
        names = occupant.names(tx, place_id)
        if names:
            inside.append(Occupants(occupant.kind, len(names), tuple(sorted(names)[:SHOWN_NAMES])))
    return tuple(inside)


def _counted(occupants: Occupants) -> str:
    """Kinds are plurals in `s`."""
    return f"{occupants.count} {occupants.kind if occupants.count != 1 else occupants.kind.removesuffix('s')}"


def refuse_unless_empty(what: str, inside: Sequence[Occupants]) -> None:
    if inside:
        listed = ", ".join(_counted(occupants) for occupants in inside)
        raise Conflict(
            f"{what} is not empty: {listed}",
            next_step="Delete those first, or all with it: --cascade (--dry-run shows what would go).",
            details=[
                {"field": occupants.kind, "message": ", ".join(occupants.names)} for occupants in inside
            ],
        )
