"""Who signed a request with a session key: decided in memory, without a look into the database.

What stands against replays is a nonce `EPOCH.COUNTER`. The epoch is drawn anew when the control plane starts, so
that nothing that was signed before is accepted after; within an epoch each counter of a key counts once. Nothing of
it is stored. See docs/decisions/0010-session-keys.md.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping

import msgspec

from nimbus.db import Database
from nimbus.fleet.nodes.credentials.replay import ReplayWindow
from nimbus.fleet.nodes.credentials.session_keys import SessionKeys
from nimbus.fleet.nodes.records import KeyRole, NodeRevoked, SessionKeyRow, SessionKeysChanged
from nimbus.http.agents.messages import AgentRequest, AgentResponse
from nimbus.kernel.errors import Forbidden, Unauthenticated
from nimbus.kernel.events import EventBus
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.messages import NonceHint
from nimbus.protocol.signing import (
    ACCESS_KEY_HEADER,
    NONCE_PARAMETER,
    SIGNATURE_HEADER,
    SIGNATURE_WINDOW_S,
    TIMESTAMP_HEADER,
    parse_session_nonce,
    signature_matches,
)
from nimbus.trust.pki.revocations import Revocation

_NONE: Mapping[str, Revocation] = {}
log = logging.getLogger("nimbus.agents")
_ACCESS_KEY, _TIMESTAMP, _SIGNATURE = (
    name.lower() for name in (ACCESS_KEY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
)


class SessionKeyRefused(Forbidden):
    """The key was revoked, or has ended because a newer one is in use."""

    code = "SESSION_KEY_REVOKED"


class SessionKeyUnknown(Forbidden):
    """There is no such key here. Nothing is said of whether there was: a backup may have been restored."""

    code = "SESSION_KEY_UNKNOWN"


class SignatureMismatch(Unauthenticated):
    code = "SIGNATURE_MISMATCH"


class RequestTooOld(Unauthenticated):
    code = "CLOCK_SKEWED"


class NonceRefused(Unauthenticated):
    """Signed by the node, but for another epoch, or used before. `hint` is what the next nonce is made of."""

    code = "NONCE_REFUSED"

    def __init__(self, message: str, hint: NonceHint) -> None:
        super().__init__(message, next_step="Sign it again with a nonce of this epoch.")
        self.hint = hint

    def response(self) -> AgentResponse:
        error = {"code": self.code, "message": self.message, "details": [], "nonce": self.hint}
        return AgentResponse(401, msgspec.json.encode({"error": error}))


class SessionKey:
    """A key that may sign."""

    __slots__ = ("key_id", "node_id", "role", "secret", "window")

    def __init__(self, row: SessionKeyRow, secret: str) -> None:
        self.key_id, self.node_id, self.role, self.secret = row.id, row.node_id, row.role, secret
        self.window = ReplayWindow()


class SessionKeyIndex:
    """Belongs to the Trio thread. `now` is Unix time in seconds. A revocation takes effect before anybody hears
    that it succeeded: events come before answers."""

    def __init__(
        self, keys: SessionKeys, now: Callable[[], float], listed: Mapping[str, Revocation] = _NONE
    ) -> None:
        """`listed` were revoked, whatever the database says."""
        self._keys = keys
        self._listed = listed
        self._now = now
        self._by_id: dict[str, SessionKey] = {}
        self._by_node: dict[str, tuple[SessionKey, ...]] = {}
        # Ids of keys that were revoked, or replaced by a newer one.
        self._ended: set[str] = set()
        # Node id to the id of the key that it has not used yet.
        self.unused: dict[str, str] = {}
        self.epoch = secrets.token_urlsafe(12)

    def subscribe(self, bus: EventBus) -> None:
        bus.subscribe(SessionKeysChanged, self._on_changed)
        bus.subscribe(NodeRevoked, self._on_revoked)

    async def load(self, database: Database) -> None:
        rows: dict[str, list[SessionKeyRow]] = {}
        self._ended.update(self._listed, await database.read(self._keys.ended))
        for row in await database.read(self._keys.every):
            rows.setdefault(row.node_id, []).append(row)
        for node_id, of_node in rows.items():
            self._replace(node_id, tuple(of_node))

    def recognise(self, request: AgentRequest) -> SessionKey:
        """The key that signed the request, which is used up with that. Raises one of the errors above."""
        key_id = request.header(_ACCESS_KEY) or ""
        key = self._by_id.get(key_id)
        if key is None:
            raise self._refusal(key_id)
        timestamp = request.header(_TIMESTAMP) or ""
        signature = request.header(_SIGNATURE) or ""
        if not signature_matches(
            signature, key.secret, request.method, request.target, timestamp, request.body
        ):
            raise SignatureMismatch(
                "the signature does not fit the request as it came here",
                next_step="A proxy on the way must not change method, path, query or body.",
            )
        self._check_time(timestamp)
        self._use_up(key, request.query.get(NONCE_PARAMETER, ""))
        return key

    def _refusal(self, key_id: str) -> Forbidden:
        if key_id in self._ended:
            return SessionKeyRefused(
                "the session key of this request is not accepted any more",
                next_step="A node that was deleted leaves with: nimbus-agent leave --force",
            )
        return SessionKeyUnknown(
            "the control plane does not know the session key of this request",
            next_step="If it stays so, have the node join again: nimbus node token --rejoin NODE",
        )

    def _check_time(self, timestamp: str) -> None:
        # Signed by the node, so that nobody else wrote it; still a number is what it has to be.
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise SignatureMismatch(f"{TIMESTAMP_HEADER} must be Unix time in whole seconds")
        off = int(timestamp) - self._now()
        if abs(off) > SIGNATURE_WINDOW_S:
            raise RequestTooOld(
                f"the node's clock is {off:+.0f} s off the control plane's", next_step="Set the clock (NTP)."
            )

    def _use_up(self, key: SessionKey, text: str) -> None:
        nonce = parse_session_nonce(text)
        if nonce is None:
            raise NonceRefused("the nonce is not EPOCH.COUNTER", self._hint(key))
        epoch, counter = nonce
        if epoch != self.epoch:
            raise NonceRefused("the nonce is of another epoch", self._hint(key))
        if not key.window.accept(counter):
            raise NonceRefused("this nonce was used before", self._hint(key))

    def _hint(self, key: SessionKey) -> NonceHint:
        return NonceHint(self.epoch, key.window.newest)

    def _on_changed(self, event: SessionKeysChanged) -> None:
        self._replace(event.node_id, event.keys)

    def _on_revoked(self, event: NodeRevoked) -> None:
        self._replace(event.node_id, ())

    def _replace(self, node_id: str, rows: tuple[SessionKeyRow, ...]) -> None:
        """What a key has used up goes on to be used up when its role changes."""
        before = {key.key_id: key for key in self._by_node.pop(node_id, ())}
        present = []
        self.unused.pop(node_id, None)
        for row in rows:
            key = before.pop(row.id, None) or self._opened(row)
            if key is not None:
                key.role = row.role
                self._by_id[row.id] = key
                present.append(key)
                if key.role is KeyRole.SECONDARY:
                    self.unused[node_id] = key.key_id
        for gone in before:
            self._by_id.pop(gone, None)
            self._ended.add(gone)
        if present:
            self._by_node[node_id] = tuple(present)

    def _opened(self, row: SessionKeyRow) -> SessionKey | None:
        try:
            return SessionKey(row, self._keys.open(row))
        except NimbusError as error:
            # One that cannot be opened must not keep the others from being served.
            log.error("the session key %s cannot be used: %s", row.id, error)
            return None
