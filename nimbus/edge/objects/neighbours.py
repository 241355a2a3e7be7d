"""What the parts of the edge above know of objects: composition adds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nimbus.db import Transaction
from nimbus.edge.objects.reading import Spec
from nimbus.edge.objects.records import EdgeObject, Note, ReferenceKind, Use

# Of each of these, which edges and others use it; by its id.
Uses = Callable[[Transaction, Sequence[EdgeObject]], dict[str, list[Use]]]
# Names of what has these ids.
Names = Callable[[Transaction, Sequence[str]], dict[str, str]]
# What of it some edge cannot do.
Notes = Callable[[Transaction, EdgeObject, Spec], Sequence[Note]]
Forget = Callable[[Transaction, EdgeObject], None]


class Neighbours:
    def __init__(self) -> None:
        self._uses: list[Uses] = []
        self._notes: list[Notes] = []
        self._forget: list[Forget] = []
        # Of what objects refer to in other slices.
        self.names: dict[ReferenceKind, Names] = {}

    def add(
        self, *, uses: Uses | None = None, notes: Notes | None = None, forget: Forget | None = None
    ) -> None:
        """`uses`: while there are any, an object cannot be deleted. `notes`: said when it is saved and shown.
        `forget`: it is deleted in this transaction."""
        self._uses += [uses] if uses else []
        self._notes += [notes] if notes else []
        self._forget += [forget] if forget else []

    def uses(self, tx: Transaction, found: Sequence[EdgeObject]) -> dict[str, list[Use]]:
        whole: dict[str, list[Use]] = {}
        for of in self._uses:
            for object_id, uses in of(tx, found).items():
                whole.setdefault(object_id, []).extend(uses)
        return whole

    def notes(self, tx: Transaction, found: EdgeObject, spec: Spec) -> tuple[Note, ...]:
        return tuple(note for of in self._notes for note in of(tx, found, spec))

    def forget(self, tx: Transaction, found: EdgeObject) -> None:
        for of in self._forget:
            of(tx, found)
