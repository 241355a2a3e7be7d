"""The list of revoked credentials beside the CA follows the database, and outlives it."""

from __future__ import annotations

import logging

import trio

from nimbus.db import Database, Transaction
from nimbus.fleet.nodes import store
from nimbus.fleet.nodes.credentials import store as credential_store
from nimbus.fleet.nodes.records import CertificateEnded, NodeRevoked
from nimbus.fleet.nodes.service import resource
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.clock import Clock, to_seconds
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.records.audit.service import AuditLog
from nimbus.trust.pki.revocations import Revocation, RevocationList

RETRY_S = 10.0
log = logging.getLogger("nimbus.nodes")


class RevocationKeeper:
    """What is revoked is on the list within moments; at a start, what the list has and the database does not is
    revoked there again."""

    def __init__(self, database: Database, clock: Clock, audit: AuditLog, revoked: RevocationList) -> None:
        self._database = database
        self._clock = clock
        self._audit = audit
        self._list = revoked
        self._waiting: list[Revocation] = []
        self._wakeup = Wakeup()
        self._limiter = trio.CapacityLimiter(1)

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(NodeRevoked, self._on_revoked)
        bus.subscribe(CertificateEnded, self._on_ended)

    async def load(self) -> None:
        """Before nodes are served. Raises OSError."""
        now_s = to_seconds(self._clock.now())
        await trio.to_thread.run_sync(self._list.load, now_s, limiter=self._limiter)
        await self._database.write(self._revoke_listed)
        self._waiting += await self._database.read(credential_store.revoked_credentials)
        self._wakeup.signal()

    async def run(self) -> None:
        """Until cancelled."""
        wait = RETRY_S
        while True:
            await self._wakeup.wait(wait)
            waiting, self._waiting = self._waiting, []
            if not waiting:
                continue
            try:
                with trio.CancelScope(shield=True):
                    await trio.to_thread.run_sync(self._list.add, waiting, limiter=self._limiter)
            except OSError as error:
                self._waiting = waiting + self._waiting
                log.error(
                    "the list of revoked credentials cannot be written: %s; trying again", error.strerror
                )

    def _on_revoked(self, event: NodeRevoked) -> None:
        self._waiting += [
            Revocation(credential, event.node_id, expires_at) for credential, expires_at in event.credentials
        ]
        self._wakeup.signal()

    def _on_ended(self, event: CertificateEnded) -> None:
        expires_at = round(to_seconds(event.expires_at))
        self._waiting.append(Revocation(event.serial, event.node_id, expires_at))
        self._wakeup.signal()

    def _revoke_listed(self, tx: Transaction) -> None:
        """The database is older than the list: a backup was restored."""
        now = self._clock.now()
        for node_id, credentials in credential_store.revoke_listed(tx, list(self._list.listed), now).items():
            log.warning(
                "the database is older than the list: %d credentials of the node %s stay revoked",
                len(credentials),
                node_id,
            )
            node = store.get(tx, node_id)
            if node is not None:
                self._audit.record(
                    tx, SYSTEM, "node.revoke_again", resource(node), after={"revoked": credentials}
                )
