"""The section `challenges`: what edges answer certificate authorities that ask over HTTP, at once and without a
reload."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from nimbus.db import Database, Transaction
from nimbus.edge.sections import store
from nimbus.edge.sections.records import ChallengesChanged
from nimbus.kernel.events import EventBus
from nimbus.protocol.edge import ChallengeAnswer, ChallengesDocument

SECTION = "challenges"
# What a node has applied of each section: node ids to revisions.
Applied = Callable[[Transaction, Sequence[str]], Mapping[str, Mapping[str, int]]]


class Challenges:
    """`revision_of` belongs to the Trio thread, all else to transactions."""

    def __init__(self, database: Database, applied: Applied) -> None:
        self._database, self._applied = database, applied
        self._revisions: dict[str, int] = {}

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(ChallengesChanged, self._on_changed)

    def _on_changed(self, event: ChallengesChanged) -> None:
        self._revisions[event.node_id] = event.revision

    async def load(self) -> None:
        self._revisions = await self._database.read(store.challenge_revisions)

    def revision_of(self, node_id: str) -> int:
        return self._revisions.get(node_id, 0)

    def document(self, tx: Transaction, node_id: str, since: int = 0) -> ChallengesDocument | None:
        revision = store.challenge_revision(tx, node_id)
        if revision == since:
            return None
        return ChallengesDocument(revision, tuple(store.challenges(tx, node_id)))

    def put(
        self, tx: Transaction, node_ids: Iterable[str], answers: Sequence[ChallengeAnswer]
    ) -> dict[str, int]:
        """These edges give these answers, too. Revision by edge: `waiting_for` says who has not applied it yet."""
        told = {}
        for node_id in dict.fromkeys(node_ids):
            for answer in answers:
                store.put_challenge(tx, node_id, answer)
            told[node_id] = self._raise(tx, node_id)
        return told

    def remove(self, tx: Transaction, tokens: Iterable[str]) -> None:
        """No edge gives them any more."""
        nodes = {node_id for token in tokens for node_id in store.remove_challenge(tx, token)}
        for node_id in sorted(nodes):
            self._raise(tx, node_id)

    def waiting_for(self, tx: Transaction, revisions: Mapping[str, int]) -> list[str]:
        """Edges that have not applied the revision which `put` gave them. What they have applied is as old as their
        last heartbeat."""
        applied = self._applied(tx, list(revisions))
        return [
            node_id
            for node_id, revision in revisions.items()
            if applied.get(node_id, {}).get(SECTION, 0) < revision
        ]

    def _raise(self, tx: Transaction, node_id: str) -> int:
        revision = store.raise_challenge_revision(tx, node_id)
        tx.emit(ChallengesChanged(node_id, revision))
        return revision
