"""Which of several control planes does what only one may do: a row in the database, which its holder renews.

    nobody's, or not renewed in time  -> taken, with the next epoch
    the holder's own                  -> renewed
    another's                         -> left alone, and looked at again

Times in the row are by the clock of the database, the same for all. A row that claims more than a lease from
now was written before that clock was set back: it counts as not renewed. A holder counts its own lease by its
monotonic clock, from before it asked, and stops before anybody else may begin. What would do harm if it were
done twice asks once more in its own transaction (`check`): there the row is the truth, and nobody else can take
it meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec
import trio

from nimbus.db.database import Database
from nimbus.db.transaction import Transaction
from nimbus.kernel.clock import from_seconds
from nimbus.kernel.errors import Unavailable
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.errors import NimbusError

LEASE_S = 8.0
RENEW_S = 2.0
# What is under way is cancelled by then.
MARGIN_S = 1.0
log = logging.getLogger("nimbus.leader")


class NotLeading(Unavailable):
    """Another control plane has taken over."""


class AnotherAuthority(NimbusError):
    """The one that leads has another certificate authority."""

    code = "ANOTHER_AUTHORITY"


class Standing(msgspec.Struct, frozen=True):
    process: str
    epoch: int


def acquire(tx: Transaction, name: str, process: str, now: int, lease: int, authority: str = "") -> Standing:
    """Who leads now: the caller, if it was free or its own. `now` and `lease` in microseconds; `authority` names
    the certificate authority of the caller. Raises AnotherAuthority."""
    row = tx.one("SELECT process, epoch, until, authority FROM leaders WHERE name = ?", (name,))
    if row is None:
        tx.execute(
            "INSERT INTO leaders (name, process, epoch, until, authority) VALUES (?, ?, 1, ?, ?)",
            (name, process, now + lease, authority),
        )
        return Standing(process, 1)
    holder, epoch, until = row[0], row[1], row[2]
    if holder != process:
        if now <= until <= now + lease:
            _check_authority(row[3], authority)
            return Standing(holder, epoch)
        epoch += 1
    tx.execute(
        "UPDATE leaders SET process = ?, epoch = ?, until = ?, authority = ? WHERE name = ?",
        (process, epoch, now + lease, authority, name),
    )
    return Standing(process, epoch)


def _check_authority(of_leader: str, own: str) -> None:
    if of_leader and of_leader != own:
        raise AnotherAuthority(
            "another control plane on this database has another certificate authority: nodes of one would be"
            " refused by the other",
            next_step="Copy its pki/ folder into this data directory (docs/several-control-planes.md), then start.",
        )


def holder(tx: Transaction, name: str) -> Standing | None:
    row = tx.one("SELECT process, epoch FROM leaders WHERE name = ?", (name,))
    return None if row is None else Standing(row[0], row[1])


def give_up(tx: Transaction, name: str, standing: Standing) -> None:
    """The next one need not wait."""
    tx.execute(
        "UPDATE leaders SET until = 0 WHERE name = ? AND process = ? AND epoch = ?",
        (name, standing.process, standing.epoch),
    )


class Leadership:
    """Belongs to the Trio thread, but for `check`."""

    def __init__(self, database: Database, name: str, process: str) -> None:
        self._database = database
        self._name, self._process = name, process
        self._epoch = 0
        # By Trio's clock: until when this process leads, unless it renews.
        self._until = float("-inf")
        self._changed = trio.Event()

    @property
    def leads(self) -> bool:
        return trio.current_time() < self._until

    def check(self, tx: Transaction) -> None:
        """Raises NotLeading. What the transaction does is then done by one alone."""
        if holder(tx, self._name) != Standing(self._process, self._epoch):
            raise NotLeading("another control plane on this database has taken this over")

    async def run(self, authority: Callable[[], str] = str) -> None:
        """Take it when it is free, and renew it; until cancelled, and then give it up. `authority`: the name of the
        certificate authority at the time. Raises AnotherAuthority."""
        # Whatever fails, another may lead meanwhile.
        attempts = Attempts(log, "it could not be told who leads", but=AnotherAuthority)
        try:
            while True:
                with attempts:
                    await self.renew(authority())
                await trio.sleep(RENEW_S)
        finally:
            with trio.CancelScope(shield=True), trio.move_on_after(1):
                await self._give_up()

    async def renew(self, authority: str = "") -> None:
        asked_at = trio.current_time()
        lease = from_seconds(LEASE_S)
        standing = await self._database.write(
            lambda tx: acquire(tx, self._name, self._process, tx.database_time(), lease, authority)
        )
        led = self.leads
        if standing.process == self._process:
            self._epoch, self._until = standing.epoch, asked_at + LEASE_S - MARGIN_S
        else:
            self._until = float("-inf")
        if self.leads != led:
            self._tell()

    async def lead(self, begin: Callable[[trio.Nursery], None]) -> None:
        """Whenever this process leads: `begin` starts in a nursery what the leader does, which is cancelled
        when it leads no more. Until cancelled."""
        while True:
            while not self.leads:
                await self._changed.wait()
            log.info("this control plane leads (epoch %d)", self._epoch)
            async with trio.open_nursery() as nursery:
                begin(nursery)
                await self._until_lost()
                nursery.cancel_scope.cancel()
            log.info("this control plane leads no more")

    async def _until_lost(self) -> None:
        while self.leads:
            changed = self._changed
            with trio.move_on_at(self._until):
                await changed.wait()

    async def _give_up(self) -> None:
        if self.leads:
            self._until = float("-inf")
            self._tell()
            mine = Standing(self._process, self._epoch)
            try:
                await self._database.write(lambda tx: give_up(tx, self._name, mine))
            except Unavailable as error:
                log.warning("another leads when its time has come, not before: %s", error)

    def _tell(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()
