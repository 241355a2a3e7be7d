"""Finding what lies in workspaces: by id, or by a name among those that the actor may read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from nimbus.db import Transaction
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.errors import Conflict, NotFound
from nimbus.kernel.ids import is_id
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations, only_one


class InWorkspace(Protocol):
    @property
    def workspace_id(self) -> str: ...


Resource = TypeVar("Resource", bound=InWorkspace)


@dataclass(frozen=True)
class Lookup(Generic[Resource]):
    """Of one kind: what it is called (one of it, and in commands), the permission to read it, how it is got by id
    and, where it has names, those of a name in these workspaces (None: in all). `narrower`: how to say which, where
    one workspace may have several of a name. `command`: its noun on the command line, where that is another."""

    noun: str
    read: Permission
    get: Callable[[Transaction, str], Resource | None]
    named: Callable[[Transaction, str, frozenset[str] | None], Sequence[Resource]] | None = None
    narrower: str = ""
    command: str = ""

    def resolve(
        self,
        tx: Transaction,
        organizations: Organizations,
        actor: Actor,
        permission: Permission,
        target: Target,
    ) -> Resource:
        """What `target` names, if the actor may do this to it. Raises NotFound when they may not even read it,
        Forbidden, and Conflict when a name stands for several."""
        actor.require(permission)
        absent = self.absent(target.reference)
        if is_id(target.reference):
            resource = self.get(tx, target.reference.lower())
        elif self.named is not None:
            within = organizations.reached(tx, actor, self.read, target.workspace)
            candidates = self.named(tx, target.reference.lower(), within)
            if self.narrower and len(candidates) > 1 and len({one.workspace_id for one in candidates}) == 1:
                raise Conflict(f"there are several {self.noun}s of that name", next_step=self.narrower)
            resource = only_one(candidates, f"{self.noun}s", absent)
        else:
            resource = None
        if resource is None:
            raise absent
        actor.admit(permission, resource.workspace_id, read=self.read, absent=absent)
        return resource

    def absent(self, reference: str) -> NotFound:
        return NotFound(
            f"there is no {self.noun} {reference!r}",
            next_step=f"See them all with: nimbus {self.command or self.noun} list",
        )
