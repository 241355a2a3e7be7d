"""The door to virtual hosts, upstreams and templates for operators: one class, an instance for each kind."""

from __future__ import annotations

import builtins
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from nimbus.db import Database, Transaction
from nimbus.edge.host_names import host_name
from nimbus.edge.objects import store
from nimbus.edge.objects.checks import Checked, Checks
from nimbus.edge.objects.kinds import Kind
from nimbus.edge.objects.neighbours import Neighbours
from nimbus.edge.objects.reading import Spec, decoded, version_of
from nimbus.edge.objects.records import (
    EdgeObject,
    EdgeVersion,
    ObjectKind,
    ObjectQuery,
    Rollback,
    Use,
    VirtualHostQuery,
)
from nimbus.edge.objects.views import Views
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import Clock
from nimbus.kernel.described import changed_words, checked_words
from nimbus.kernel.errors import Conflict, invalid
from nimbus.kernel.ids import new_id
from nimbus.kernel.naming import check_label_filter, check_name, check_text
from nimbus.kernel.revisions import check_name_free, revised
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.records.audit.records import Resource
from nimbus.records.audit.service import AuditLog

SHOWN_USES = 10
# Words of paths beside names.
RESERVED_NAMES = frozenset({"preview"})


class EdgeObjects:
    def __init__(
        self,
        kind: Kind,
        database: Database,
        clock: Clock,
        audit: AuditLog,
        organizations: Organizations,
        checks: Checks,
        neighbours: Neighbours,
    ) -> None:
        self._kind = kind
        self._database, self._clock, self._audit = database, clock, audit
        self._organizations, self._checks, self._neighbours = organizations, checks, neighbours
        self._views = Views(kind, organizations, neighbours)

    # Reading.

    async def list(
        self, actor: Actor, query: ObjectQuery, workspace: str = ""
    ) -> tuple[builtins.list[Any], int]:
        actor.require(Permission.CONFIG_READ)
        check_label_filter(query.label)
        if isinstance(query, VirtualHostQuery) and query.server_name:
            query.server_name = host_name(query.server_name).ascii.removeprefix(".")

        def read_page(tx: Transaction) -> tuple[builtins.list[Any], int]:
            within = self._organizations.reached(tx, actor, Permission.CONFIG_READ, workspace)
            return self._page(tx, query, within)

        return await self._database.read(read_page)

    def _page(
        self, tx: Transaction, query: ObjectQuery, within: frozenset[str] | None
    ) -> tuple[builtins.list[Any], int]:
        """What comes with the control plane stands before all others."""
        ours = self._views.built_in_of(query)
        here = ours[query.offset : query.offset + query.per_page]
        found, total = store.select(
            tx,
            self._kind.name,
            query,
            workspaces=within,
            limit=query.per_page - len(here),
            offset=max(0, query.offset - len(ours)),
        )
        return [*here, *self._views.of(tx, found)], total + len(ours)

    async def show(self, actor: Actor, target: Target) -> Any:
        ours = self._views.built_in(target.reference)
        if ours is not None:
            actor.require(Permission.CONFIG_READ)
            return ours
        return await self._database.read(
            lambda tx: self._views.one(tx, self.resolve(tx, actor, Permission.CONFIG_READ, target))
        )

    def resolve(self, tx: Transaction, actor: Actor, permission: Permission, target: Target) -> EdgeObject:
        """What an actor names by id or name, if they may do this to it. Raises NotFound, Forbidden, Conflict."""
        return self._kind.lookup.resolve(tx, self._organizations, actor, permission, target)

    def names(self, tx: Transaction, ids: Iterable[str]) -> dict[str, str]:
        """Id to name, of those that are there."""
        return store.names(tx, ids)

    # Changing.

    async def create(self, actor: Actor, request: Any, workspace: str = "") -> Any:
        if workspace and request.workspace:
            raise invalid("workspace", "is named by the query already")
        words = checked_words(request, self._check_name)
        summary, given = check_text(request.summary, "summary"), self._kind.spec_of(request)
        object_id, reference = new_id(), workspace or request.workspace

        def check(tx: Transaction) -> tuple[str, Checked]:
            home = self._organizations.resolve(tx, actor, Permission.CONFIG_WRITE, reference)
            return home.id, self._checks.check(tx, actor, home.id, object_id, given)

        def create(tx: Transaction) -> Any:
            home, checked = check(tx)
            now = self._clock.now()
            made = EdgeObject(
                id=object_id,
                kind=self._kind.name,
                workspace_id=home,
                created_by=actor.name,
                created_at=now,
                updated_by=actor.name,
                updated_at=now,
                **words,
            )
            self._check_name_free(tx, made)
            store.insert(tx, made)
            self._add_version(tx, actor, made, checked, summary)
            self._audit.record(tx, actor, f"{self._kind.name}.create", resource(made), after=_auditable(made))
            return self._views.one(tx, made, checked.spec)

        await self._database.read(check)
        return await self._database.write(create)

    async def change(self, actor: Actor, target: Target, patch: Any) -> Any:
        """A new version, when what it says is other than before; name, description and labels make none."""
        summary = check_text(patch.summary, "summary")

        def check(tx: Transaction) -> tuple[EdgeObject, Checked]:
            present = self._for_change(tx, actor, target)
            spec = self.patched(tx, present, patch)
            return present, self._checks.check(tx, actor, present.workspace_id, present.id, spec)

        def change(tx: Transaction) -> Any:
            present, checked = check(tx)
            words = changed_words(present, patch, self._check_name)
            return self._save(tx, actor, present, words, checked, summary)

        await self._database.read(check)
        return await self._database.write(change)

    async def rollback(self, actor: Actor, target: Target, request: Rollback) -> Any:
        """A new version with the content of an older one, which is checked as a new one is."""
        summary = check_text(request.summary, "summary")

        def check(tx: Transaction) -> tuple[EdgeObject, int, Checked]:
            present = self._for_change(tx, actor, target)
            number = present.version - 1 if request.version is None else request.version
            if number == present.version:
                raise Conflict(f"version {number} of {present.name} is the current one already")
            spec = decoded(self._kind.name, version_of(tx, present.id, number))
            return present, number, self._checks.check(tx, actor, present.workspace_id, present.id, spec)

        def rollback(tx: Transaction) -> Any:
            present, number, checked = check(tx)
            changed = revised(present, self._clock.now(), version=present.version + 1, updated_by=actor.name)
            said = summary or f"as version {number}"
            store.update(tx, changed)
            self._add_version(tx, actor, changed, checked, said, restored_from=number)
            self._record(tx, actor, "rollback", present, changed, restored_from=number)
            return self._views.one(tx, changed, checked.spec)

        await self._database.read(check)
        return await self._database.write(rollback)

    async def delete(self, actor: Actor, target: Target) -> Any:
        """With all versions. Raises Conflict, which names what uses it."""
        self._refuse_built_in(target)

        def delete(tx: Transaction) -> Any:
            present = self.resolve(tx, actor, Permission.CONFIG_DELETE, target)
            target.check_revision(present.revision)
            view = self._views.one(tx, present)
            if view.used_by:
                raise self._in_use(present, view.used_by)
            self._remove(tx, actor, present)
            return view

        return await self._database.write(delete)

    # For a workspace that is deleted with what is in it.

    def names_in_workspace(self, tx: Transaction, workspace_id: str) -> builtins.list[str]:
        return [found.name for found in store.in_workspaces(tx, [workspace_id], self._kind.name)]

    def remove_all_of_workspace(self, tx: Transaction, actor: Actor, workspace_id: str) -> None:
        for found in store.in_workspaces(tx, [workspace_id], self._kind.name):
            self._remove(tx, actor, found)

    # Inside.

    def _for_change(self, tx: Transaction, actor: Actor, target: Target) -> EdgeObject:
        self._refuse_built_in(target)
        present = self.resolve(tx, actor, Permission.CONFIG_WRITE, target)
        target.check_revision(present.revision)
        return present

    def _refuse_built_in(self, target: Target) -> None:
        if self._views.built_in(target.reference) is not None:
            raise Conflict(
                f"the template {target.reference} comes with Nimbus, and stays as it is",
                next_step=f"Make one of your own of its text: nimbus template show {target.reference} -o json",
            )

    def patched(self, tx: Transaction, present: EdgeObject, patch: Any) -> Spec:
        """What it says now, with a patch laid over it."""
        spec = decoded(self._kind.name, version_of(tx, present.id, present.version))
        given = {name: getattr(patch, name) for name in spec.__struct_fields__}
        return msgspec.structs.replace(
            spec, **{name: value for name, value in given.items() if value is not UNSET}
        )

    def _save(
        self, tx: Transaction, actor: Actor, present: EdgeObject, words: Any, checked: Checked, summary: str
    ) -> Any:
        before = version_of(tx, present.id, present.version)
        is_other = encoded(checked.spec) != before.spec
        same_words = all(getattr(present, name) == value for name, value in words.items())
        if same_words and not is_other:
            return self._views.one(tx, present, checked.spec)
        number = present.version + is_other
        changed = revised(present, self._clock.now(), **words, version=number, updated_by=actor.name)
        self._check_name_free(tx, changed)
        store.update(tx, changed)
        if is_other:
            self._add_version(tx, actor, changed, checked, summary)
        self._record(tx, actor, "update", present, changed)
        return self._views.one(tx, changed, checked.spec)

    def _add_version(
        self,
        tx: Transaction,
        actor: Actor,
        found: EdgeObject,
        checked: Checked,
        summary: str,
        restored_from: int | None = None,
    ) -> None:
        spec = encoded(checked.spec)
        store.insert_version(
            tx,
            EdgeVersion(
                object_id=found.id,
                number=found.version,
                spec=spec,
                sha256=hashlib.sha256(spec.encode()).hexdigest(),
                summary=summary,
                restored_from=restored_from,
                created_by=actor.name,
                created_at=found.updated_at,
            ),
        )
        store.set_references(tx, found.id, checked.references)
        if found.kind is ObjectKind.VIRTUAL_HOST:
            store.set_host_names(tx, found, checked.answers)

    def _remove(self, tx: Transaction, actor: Actor, found: EdgeObject) -> None:
        self._neighbours.forget(tx, found)
        store.delete(tx, found.id)
        self._audit.record(tx, actor, f"{self._kind.name}.delete", resource(found), before=_auditable(found))

    def _record(
        self, tx: Transaction, actor: Actor, verb: str, before: EdgeObject, after: EdgeObject, **facts: object
    ) -> None:
        self._audit.record(
            tx,
            actor,
            f"{self._kind.name}.{verb}",
            resource(after),
            before=_auditable(before),
            after={**_auditable(after), **facts},
        )

    def _check_name(self, name: str) -> str:
        return check_name(name, reserved=RESERVED_NAMES | self._kind.built_in)

    def _check_name_free(self, tx: Transaction, found: EdgeObject) -> None:
        other = store.find(tx, found.kind, found.workspace_id, found.name)
        check_name_free(self._kind.noun, found.name, found, other)

    def _in_use(self, found: EdgeObject, uses: Sequence[Use]) -> Conflict:
        listed = ", ".join(
            dict.fromkeys(f"{use.kind.replace('_', ' ')} {use.name}" for use in uses[:SHOWN_USES])
        )
        more = f" and {len(uses) - SHOWN_USES} more" if len(uses) > SHOWN_USES else ""
        return Conflict(
            f"the {self._kind.noun} {found.name} is in use by {listed}{more}",
            next_step="Take it out there first.",
            details=[{"field": f"{use.kind}.{use.field}", "message": use.name} for use in uses],
        )


def encoded(spec: Spec) -> str:
    """As it is stored: with every field."""
    return msgspec.json.encode(spec).decode()


def resource(found: EdgeObject) -> Resource:
    return Resource(found.kind.value, found.id, found.name, found.workspace_id)


def _auditable(found: EdgeObject) -> dict[str, object]:
    return {
        "name": found.name,
        "description": found.description,
        "labels": found.labels,
        "version": found.version,
    }
