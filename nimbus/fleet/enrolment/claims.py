"""A token for several machines: each claims a one-time token of its own, and joins with that.

What a machine is given follows from the secret that they share and from its own key, so that one whose answer was
lost is given the same again, and no secret is stored. A claim that no join came of is free again when its token has
expired.
"""

from __future__ import annotations

import hashlib
import hmac
import re

import msgspec

from nimbus.db import Database, Transaction
from nimbus.fleet.enrolment import store
from nimbus.fleet.enrolment.invitation import Invitations
from nimbus.fleet.enrolment.records import DEFAULT_TTL_S, TokenRow
from nimbus.fleet.enrolment.rules import check_claim, unknown_token
from nimbus.fleet.enrolment.sources import AgentSources
from nimbus.fleet.enrolment.tokens import Tokens
from nimbus.kernel.clock import Clock, from_seconds
from nimbus.kernel.errors import invalid
from nimbus.kernel.events import Wakeup
from nimbus.kernel.ids import new_id
from nimbus.protocol.join_token import secret_hash
from nimbus.protocol.messages import ClaimAnswer, ClaimRequest
from nimbus.wireguard.keys import private_key_of, public_key

_MACHINE = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Claims:
    """`issued` is signalled when a token was made: its expiry has to be watched."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        invitations: Invitations,
        tokens: Tokens,
        sources: AgentSources,
        issued: Wakeup,
    ) -> None:
        self._database = database
        self._clock = clock
        self._invitations = invitations
        self._tokens = tokens
        self._sources = sources
        self._issued = issued

    async def claim(self, request: ClaimRequest, source: str) -> ClaimAnswer:
        """Raises TokenUnknown, TokenRevoked, TokenUsed, TokenExpired, ValidationError."""
        if not _MACHINE.fullmatch(request.machine):
            raise invalid("machine", "must be a SHA-256 in hex")
        self._sources.check(source)
        shared = secret_hash(request.secret)
        # A read first: what anybody may send must not cost a write.
        await self._database.read(lambda tx: self._parent(tx, shared))
        secret = _derived(request, "secret").hex()
        private = private_key_of(_derived(request, "tunnel")) if self._invitations.has_mesh else ""
        public = public_key(private) if private else ""
        row = await self._database.write(lambda tx: self._claimed(tx, shared, secret_hash(secret), public))
        self._issued.signal()
        return ClaimAnswer(token=self._invitations.view(row, secret, private, mtu=row.mtu).token)

    def _parent(self, tx: Transaction, shared: str) -> TokenRow:
        parent = store.find(tx, shared)
        if parent is None or parent.uses == 1:
            raise unknown_token()
        return parent

    def _claimed(self, tx: Transaction, shared: str, own: str, provisional_key: str) -> TokenRow:
        parent, now = self._parent(tx, shared), self._clock.now()
        known = store.find(tx, own)
        if known is not None and (known.used_at is not None or _is_open(known, now)):
            return known
        check_claim(parent, store.claimed(tx, [parent.id], now).get(parent.id, 0), now)
        if known is not None:
            self._tokens.close(tx, known)
            store.delete(tx, known.id)
        return self._tokens.keep(
            tx,
            msgspec.structs.replace(
                parent,
                id=new_id(),
                secret_hash=own,
                provisional_key=provisional_key,
                created_at=now,
                expires_at=min(parent.expires_at, now + from_seconds(DEFAULT_TTL_S)),
                uses=1,
                used=0,
                parent_id=parent.id,
            ),
        )


def _is_open(token: TokenRow, now: int) -> bool:
    return token.closed_at is None and token.expires_at > now


def _derived(request: ClaimRequest, purpose: str) -> bytes:
    """32 bytes that only who has the secret can know."""
    message = f"nimbus join claim\n{purpose}\n{request.machine}".encode()
    return hmac.digest(request.secret.encode(), message, hashlib.sha256)
