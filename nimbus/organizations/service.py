"""The door to organizations and workspaces."""

from __future__ import annotations

from nimbus.clock import Clock
from nimbus.db import Transaction
from nimbus.errors import NotFound
from nimbus.ids import is_id, new_id
from nimbus.organizations import store
from nimbus.organizations.records import DEFAULT, Workspace


class Organizations:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def ensure_default(self, tx: Transaction) -> Workspace:
        """`default/default`, made when it is not there."""
        found = store.find_workspace(tx, DEFAULT, DEFAULT)
        if found:
            return found
        organization_id, workspace_id = new_id(), new_id()
        store.insert_organization(tx, organization_id, DEFAULT, self._clock.now())
        store.insert_workspace(tx, workspace_id, organization_id, DEFAULT, self._clock.now())
        return Workspace(workspace_id, DEFAULT, DEFAULT)

    def resolve(self, tx: Transaction, reference: str) -> Workspace:
        """An id, `organization/workspace`, or the name of a workspace of the default organization."""
        if is_id(reference):
            found = store.get_workspace(tx, reference.lower())
        else:
            organization, _, name = (reference or DEFAULT).rpartition("/")
            found = store.find_workspace(tx, organization or DEFAULT, name)
        if found is None:
            raise NotFound(f"there is no workspace {reference!r}")
        return found
