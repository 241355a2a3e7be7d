"""Objects as the API shows them: with what they use, what uses them, and where that is not possible."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from nimbus.db import Transaction
from nimbus.edge.objects import store
from nimbus.edge.objects.kinds import Kind
from nimbus.edge.objects.neighbours import Neighbours
from nimbus.edge.objects.reading import Spec, decoded
from nimbus.edge.objects.records import (
    EdgeObject,
    EdgeVersion,
    NamedReference,
    ObjectKind,
    ObjectQuery,
    Reference,
    ReferenceKind,
    Use,
)
from nimbus.edge.templates import built_in
from nimbus.kernel.clock import to_rfc3339
from nimbus.people.organizations.service import Organizations

_EPOCH = to_rfc3339(0)


class Views:
    def __init__(self, kind: Kind, organizations: Organizations, neighbours: Neighbours) -> None:
        self._kind, self._organizations, self._neighbours = kind, organizations, neighbours

    def one(self, tx: Transaction, found: EdgeObject, spec: Spec | None = None) -> Any:
        """`spec`: that of its current version, where it is known."""
        return self.of(tx, [found], {found.id: spec} if spec is not None else {})[0]

    def of(
        self, tx: Transaction, found: Sequence[EdgeObject], known: dict[str, Spec] | None = None
    ) -> list[Any]:
        if not found:
            return []
        ids = [one.id for one in found]
        versions, references = store.current_versions(tx, ids), store.references(tx, ids)
        uses, elsewhere = store.uses(tx, ids), self._neighbours.uses(tx, found)
        names = self._names(tx, [reference for listed in references.values() for reference in listed])
        homes = {
            workspace_id: self._organizations.get(tx, workspace_id).full_name
            for workspace_id in {one.workspace_id for one in found}
        }
        specs = known or {}
        return [
            self._view(
                tx,
                one,
                versions[one.id],
                specs.get(one.id) or decoded(one.kind, versions[one.id]),
                workspace=homes[one.workspace_id],
                references=tuple(
                    NamedReference(reference.field, reference.kind, reference.id, names.get(reference.id, ""))
                    for reference in references.get(one.id, ())
                ),
                used_by=(*uses.get(one.id, ()), *elsewhere.get(one.id, ())),
            )
            for one in found
        ]

    def _view(
        self,
        tx: Transaction,
        one: EdgeObject,
        version: EdgeVersion,
        spec: Spec,
        *,
        workspace: str,
        references: tuple[NamedReference, ...],
        used_by: tuple[Use, ...],
    ) -> Any:
        more = {"built_in": False} if one.kind is ObjectKind.TEMPLATE else {}
        return self._kind.view(
            id=one.id,
            workspace_id=one.workspace_id,
            workspace=workspace,
            name=one.name,
            description=one.description,
            labels=one.labels,
            version=one.version,
            sha256=version.sha256,
            summary=version.summary,
            references=references,
            used_by=used_by,
            notes=self._neighbours.notes(tx, one, spec),
            created_at=to_rfc3339(one.created_at),
            created_by=one.created_by,
            updated_at=to_rfc3339(one.updated_at),
            updated_by=one.updated_by,
            revision=one.revision,
            **more,
            **{name: getattr(spec, name) for name in spec.__struct_fields__},
        )

    def _names(self, tx: Transaction, references: Sequence[Reference]) -> dict[str, str]:
        by_kind: dict[ReferenceKind, dict[str, None]] = {}
        for reference in references:
            by_kind.setdefault(reference.kind, {})[reference.id] = None
        names: dict[str, str] = {}
        for kind, ids in by_kind.items():
            of = self._neighbours.names.get(kind)
            names |= of(tx, list(ids)) if of is not None else store.names(tx, ids)
        return names

    # Templates that come with the control plane.

    def built_in(self, reference: str) -> Any:
        """None: there is none of this name."""
        name = reference.lower()
        return self._built_in(name) if name in self._kind.built_in else None

    def built_in_of(self, query: ObjectQuery) -> list[Any]:
        if query.label or query.uses:
            return []
        words = (query.search or "").lower()
        return [
            self._built_in(name)
            for name, said in built_in.DESCRIPTIONS.items()
            if name in self._kind.built_in
            and (query.name is None or query.name.lower() == name)
            and words in f"{name}\n{said}".lower()
        ]

    def _built_in(self, name: str) -> Any:
        text = built_in.text(name)
        return self._kind.view(
            id=name,
            workspace_id="",
            workspace="",
            name=name,
            description=built_in.DESCRIPTIONS[name],
            labels={},
            version=1,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            summary="",
            references=(),
            used_by=(),
            notes=(),
            created_at=_EPOCH,
            created_by="Nimbus",
            updated_at=_EPOCH,
            updated_by="Nimbus",
            revision=1,
            text=text,
            built_in=True,
        )
