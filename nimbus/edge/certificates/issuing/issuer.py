"""Orders certificates and renews them: several at once, each step by step. The leader does it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import msgspec
import trio

from nimbus.db import Database, Transaction
from nimbus.edge.certificates import store as certificates
from nimbus.edge.certificates.chains import checked_chain
from nimbus.edge.certificates.issuing import store
from nimbus.edge.certificates.issuing.records import Account, Directory, Issuance
from nimbus.edge.certificates.issuing.rules import DAY_S, is_ordering, is_told, renewal_of, wait_after
from nimbus.edge.certificates.keeping import Keeping
from nimbus.edge.certificates.service import resource
from nimbus.kernel.access import SYSTEM
from nimbus.kernel.changes import ResourceChanged
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.events import EventBus, Wakeup
from nimbus.kernel.ids import new_id
from nimbus.kernel.sealing import Sealer
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.edge import ChallengeAnswer
from nimbus.protocol.errors import NimbusError
from nimbus.records.audit.service import AuditLog

if TYPE_CHECKING:
    from nimbus.edge.certificates.issuing.authority import Authority, OrderState

LOOK_EVERY_S = 30.0
AT_ONCE = 8
# How long edges have to take an answer, and the authority to look and to sign, until the next attempt goes on.
EDGES_S, AUTHORITY_S = 20.0, 90.0
POLL_S, EDGES_POLL_S = 1.0, 0.25
# Where the authority said nothing of when it may be asked again.
ASK_AGAIN_S = DAY_S / 4
Result = TypeVar("Result")
log = logging.getLogger("nimbus.certificates")


class Edges(msgspec.Struct, frozen=True):
    """What answers for a workspace's domains: `of` gives its edges that are there, `put` tells them, `waiting` says
    which have not taken it yet, `remove` takes tokens back. All in transactions."""

    of: Callable[[Transaction, str], Sequence[str]]
    put: Callable[[Transaction, Sequence[str], Sequence[ChallengeAnswer]], dict[str, int]]
    waiting: Callable[[Transaction, Mapping[str, int]], Sequence[str]]
    remove: Callable[[Transaction, Sequence[str]], None]


class Issuer:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        sealer: Sealer,
        audit: AuditLog,
        keeping: Keeping,
        edges: Edges,
        directory: Callable[[], Directory],
    ) -> None:
        self._database, self._clock, self._sealer, self._audit = database, clock, sealer, audit
        self._keeping, self._edges, self._directory = keeping, edges, directory
        self._wakeup = Wakeup()
        self._busy: set[str] = set()

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(ResourceChanged, self._on_changed)

    def _on_changed(self, event: ResourceChanged) -> None:
        if event.resource_kind == "certificate":
            self._wakeup.signal()

    async def run(self) -> None:
        """Until cancelled."""
        attempts = Attempts(log, "certificates cannot be ordered")
        async with trio.open_nursery() as nursery:
            while True:
                with attempts:
                    for issuance in await self._due():
                        self._busy.add(issuance.certificate_id)
                        nursery.start_soon(self._turn, issuance)
                await self._wakeup.wait(LOOK_EVERY_S)

    async def _due(self) -> list[Issuance]:
        room = AT_ONCE - len(self._busy)
        if room <= 0:
            return []
        now = self._clock.now()
        found = await self._database.read(lambda tx: store.due(tx, now, AT_ONCE * 2))
        return [one for one in found if one.certificate_id not in self._busy][:room]

    async def _turn(self, issuance: Issuance) -> None:
        attempts = Attempts(log, f"the certificate {issuance.certificate_id} cannot be ordered")
        try:
            with attempts:
                await self._advance(issuance)
            if (error := attempts.error) is not None:
                with attempts:
                    await self._postpone(issuance.certificate_id, error)
        finally:
            self._busy.discard(issuance.certificate_id)
            self._wakeup.signal()

    async def _advance(self, issuance: Issuance) -> None:
        if is_ordering(issuance, self._clock.now()):
            await self._order(issuance)
        else:
            await self._ask_when(issuance)

    # An order, step by step.

    async def _order(self, issuance: Issuance) -> None:
        authority, account = await self._authority(issuance)
        if not issuance.order_url:
            issuance = await self._begin(issuance, authority, account)
        key = self._sealer.open(issuance.sealed_key, order_context(issuance.certificate_id))
        url = issuance.order_url
        state = await _in_thread(authority.look, url)
        if state.proofs:
            issuance = await self._answer(issuance, state)
            for proof in state.proofs:
                await _in_thread(authority.begin, proof)
        state = await self._until(authority, url, ("ready", "valid"))
        if state.status == "ready":
            await _in_thread(authority.finalize, url, issuance.domains, key)
            state = await self._until(authority, url, ("valid",))
        chain = await _in_thread(authority.download, url)
        await self._finish(issuance, chain, key)

    async def _begin(self, issuance: Issuance, authority: Authority, account: Account) -> Issuance:
        """The key is stored before the authority has the order, and the order's address before anything else."""
        from nimbus.edge.certificates.issuing.authority import new_certificate_key

        key = await _in_thread(new_certificate_key, issuance.key_type)
        sealed = self._sealer.seal(key, order_context(issuance.certificate_id))
        issuance = msgspec.structs.replace(issuance, account_id=account.id, sealed_key=sealed)
        await self._save(issuance)
        url = await _in_thread(authority.new_order, issuance.domains, key)
        issuance = msgspec.structs.replace(issuance, order_url=url)
        await self._save(issuance)
        return issuance

    async def _answer(self, issuance: Issuance, state: OrderState) -> Issuance:
        answers = [ChallengeAnswer(proof.token, proof.authorization) for proof in state.proofs]
        issuance = msgspec.structs.replace(issuance, tokens=state.tokens)

        def put(tx: Transaction) -> dict[str, int]:
            certificate = certificates.get(tx, issuance.certificate_id)
            nodes = self._edges.of(tx, certificate.workspace_id) if certificate else ()
            store.update(tx, issuance)
            return self._edges.put(tx, nodes, answers)

        told = await self._database.write(put)
        if not told:
            raise NimbusError(
                "the workspace has no edge that could answer the certificate authority: see nimbus edge list"
            )
        with trio.move_on_after(EDGES_S):
            while await self._database.read(lambda tx: self._edges.waiting(tx, told)):
                await trio.sleep(EDGES_POLL_S)
        return issuance

    async def _until(self, authority: Authority, url: str, wanted: tuple[str, ...]) -> OrderState:
        deadline = self._clock.monotonic() + AUTHORITY_S
        while True:
            state = await _in_thread(authority.look, url)
            if state.status in wanted:
                return state
            if self._clock.monotonic() >= deadline:
                raise NimbusError(f"the certificate authority still says {state.status} of the order")
            await trio.sleep(POLL_S)

    async def _finish(self, issuance: Issuance, chain: str, key: str) -> None:
        checked = checked_chain(chain, key, self._clock.now())

        def finish(tx: Transaction) -> None:
            certificate = certificates.get(tx, issuance.certificate_id)
            if certificate is None:
                return
            changed = self._keeping.replaced(tx, certificate, checked, SYSTEM.name)
            self._edges.remove(tx, issuance.tokens)
            store.update(
                tx,
                msgspec.structs.replace(
                    issuance,
                    renew_at=renewal_of(checked.not_before, checked.not_after),
                    next_at=self._clock.now(),
                    order_url="",
                    sealed_key="",
                    tokens=(),
                    attempts=0,
                    problem="",
                ),
            )
            facts = {"version": changed.version, "names": list(checked.names), "serial": checked.serial}
            self._audit.record(tx, SYSTEM, "certificate.issue", resource(changed), after=facts)

        await self._database.write(finish)

    async def _ask_when(self, issuance: Issuance) -> None:
        """When the authority wants it renewed; where it does not say, what is stored stays."""
        now = self._clock.now()
        chain = await self._database.read(lambda tx: self._chain(tx, issuance.certificate_id))
        renew_at, again = issuance.renew_at, now + from_seconds(ASK_AGAIN_S)
        if chain:
            authority, _ = await self._authority(issuance)
            try:
                said = await _in_thread(authority.renewal, chain)
            except NimbusError as error:
                log.info("the authority does not say when to renew %s: %s", issuance.certificate_id, error)
            else:
                renew_at = from_seconds(said.at) if said.at is not None else renew_at
                again = min(max(again, from_seconds(said.ask_again)), now + from_seconds(DAY_S))
        asked = msgspec.structs.replace(issuance, renew_at=renew_at, next_at=max(now, min(again, renew_at)))

        def note(tx: Transaction) -> None:
            # Somebody may have ordered its renewal while the authority was asked: that stands.
            if store.get(tx, issuance.certificate_id) == issuance:
                store.update(tx, asked)

        await self._database.write(note)

    def _chain(self, tx: Transaction, certificate_id: str) -> str:
        certificate = certificates.get(tx, certificate_id)
        version = certificates.version(tx, certificate_id, certificate.version) if certificate else None
        return version.chain if version else ""

    # Accounts.

    async def _authority(self, issuance: Issuance) -> tuple[Authority, Account]:
        """As the account of the order that is open, else of the directory that is set now."""
        directory = self._directory()
        kept = issuance.account_id if issuance.order_url else ""
        account = await self._database.write(lambda tx: self._account(tx, directory, kept))
        directory = msgspec.structs.replace(directory, url=account.directory)
        key = self._sealer.open(account.sealed_key, account_context(account.id))
        authority = await _in_thread(_speak, directory, key, account.uri, self._seconds)
        if not account.uri:
            uri = await _in_thread(authority.register)
            await self._database.write(lambda tx: store.set_account_uri(tx, account.id, uri))
        return authority, account

    def _account(self, tx: Transaction, directory: Directory, account_id: str) -> Account:
        found = store.account(tx, account_id) if account_id else None
        found = found or store.find_account(tx, directory.url, directory.external_key_id)
        if found is None:
            from nimbus.edge.certificates.issuing.authority import new_account_key

            new = new_id()
            found = Account(
                id=new,
                directory=directory.url,
                external_key_id=directory.external_key_id,
                sealed_key=self._sealer.seal(new_account_key(), account_context(new)),
                created_at=self._clock.now(),
            )
            store.insert_account(tx, found)
        return found

    def _seconds(self) -> float:
        return self._clock.now() / from_seconds(1.0)

    # What failed.

    async def _postpone(self, certificate_id: str, error: Exception) -> None:
        """Longer each time; an order that cannot be gone on with is given up."""
        words = (
            error.message
            if isinstance(error, NimbusError)
            else "a fault of Nimbus: see the log of nimbus api"
        )
        wait = float(getattr(error, "wait_s", 0.0))

        def postpone(tx: Transaction) -> None:
            present = store.get(tx, certificate_id)
            certificate = certificates.get(tx, certificate_id)
            if present is None or certificate is None:
                return
            attempts = present.attempts + 1
            until = self._clock.now() + from_seconds(wait_after(attempts, wait, _spread()))
            failed = msgspec.structs.replace(present, attempts=attempts, problem=words, next_at=until)
            if getattr(error, "ends_order", False):
                self._edges.remove(tx, present.tokens)
                failed = msgspec.structs.replace(failed, order_url="", sealed_key="", tokens=())
            if getattr(error, "kind", "") == "accountDoesNotExist":
                store.delete_account(tx, present.account_id)
            store.update(tx, failed)
            if is_told(attempts):
                facts = {"problem": words, "attempts": attempts}
                self._audit.record(tx, SYSTEM, "certificate.issue_failed", resource(certificate), after=facts)

        await self._database.write(postpone)

    async def _save(self, issuance: Issuance) -> None:
        await self._database.write(lambda tx: store.update(tx, issuance))


def _spread() -> float:
    return secrets.randbelow(1000) / 1000


def _speak(directory: Directory, key: str, uri: str, clock: Callable[[], float]) -> Authority:
    """Loads the library of ACME, which who orders nothing does without."""
    from nimbus.edge.certificates.issuing.authority import Authority

    return Authority(directory, key, uri, clock)


async def _in_thread(function: Callable[..., Result], *given: object) -> Result:
    return await trio.to_thread.run_sync(lambda: function(*given), abandon_on_cancel=True)


def account_context(account_id: str) -> str:
    """What an account's key is sealed for."""
    return f"acme_account:{account_id}"


def order_context(certificate_id: str) -> str:
    """What the key of an order is sealed for."""
    return f"certificate_order:{certificate_id}"
