"""Several control planes on one database: joins what they tell each other, and which of them leads."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

import trio

from nimbus.composition.foundation import Foundation
from nimbus.db import Database, Transaction
from nimbus.db.leadership import Leadership
from nimbus.db.relay import Relay
from nimbus.db.several import Several
from nimbus.db.writer import BeforeCommit
from nimbus.protocol.attempts import Attempts
from nimbus.records.event_log.recorder import record_changes
from nimbus.trust.pki.authority import Authority

# The name of what only one may do.
ALL = "all"
PRUNE_INTERVAL_S = 60.0
log = logging.getLogger("nimbus.relay")


def recorded_and_told(relay: Relay) -> BeforeCommit:
    """Into the event log, and to the other control planes."""

    def before_commit(tx: Transaction, events: list[object]) -> list[object]:
        return [*record_changes(tx, events), *relay.exchange(tx, events)]

    return before_commit


async def begin_with_others(relay: Relay, database: Database) -> Several:
    """Before anything is loaded into memory: what happens from here on is heard."""
    await relay.start(database)
    return Several(relay, Leadership(database, ALL, relay.process))


async def start_leading(
    nursery: trio.Nursery, foundation: Foundation, authority: Authority, lead: Callable[[trio.Nursery], None]
) -> None:
    """`lead` starts what only one may do: now when there are no others, else whenever this one leads. Raises
    AnotherAuthority."""
    several, database = foundation.several, foundation.database
    if several is None:
        lead(nursery)
        return

    def lead_and_prune(nursery: trio.Nursery) -> None:
        lead(nursery)
        nursery.start_soon(_prune_forever, several.relay, database)

    def own() -> str:
        return hashlib.sha256(authority.certificate_der).hexdigest()

    await several.leadership.renew(own())
    nursery.start_soon(several.relay.follow, database)
    nursery.start_soon(several.leadership.run, own)
    nursery.start_soon(several.leadership.lead, lead_and_prune)


async def _prune_forever(relay: Relay, database: Database) -> None:
    attempts = Attempts(log, "what everybody has heard could not be deleted", "trying again in a minute")
    while True:
        await trio.sleep(PRUNE_INTERVAL_S)
        with attempts:
            await relay.prune(database)
