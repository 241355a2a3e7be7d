"""Which of our sessions were opened by an identity provider, so that what ends there ends here."""

from __future__ import annotations

import msgspec

from nimbus.db import Transaction
from nimbus.kernel.sealing import Sealer
from nimbus.people.single_sign_on import store
from nimbus.people.single_sign_on.records import ExternalPerson, ExternalSession, IdentityProvider


class ExternalSessions:
    """Methods run in the caller's transaction."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def add(
        self, tx: Transaction, session_id: str, provider: IdentityProvider, person: ExternalPerson
    ) -> None:
        store.insert_session(
            tx,
            ExternalSession(
                session_id=session_id,
                provider_id=provider.id,
                issuer=person.issuer,
                subject=person.subject,
                provider_session=person.provider_session,
                sealed_id_token=self._sealed(session_id, person.id_token),
            ),
        )

    def follow(self, tx: Transaction, session_id: str, opened_id: str) -> None:
        """`opened_id` was opened from a session, and is of the provider as much as that one: what ends at the
        provider ends both."""
        session = store.get_session(tx, session_id)
        if session is None or store.get_session(tx, opened_id) is not None:
            return
        sealed = self._sealed(opened_id, self.id_token(session))
        store.insert_session(
            tx, msgspec.structs.replace(session, session_id=opened_id, sealed_id_token=sealed)
        )

    def id_token(self, session: ExternalSession) -> str:
        """The token, or "" where the provider gave none."""
        if not session.sealed_id_token:
            return ""
        return self._sealer.open(session.sealed_id_token, id_token_context(session.session_id))

    def _sealed(self, session_id: str, id_token: str) -> str:
        return self._sealer.seal(id_token, id_token_context(session_id)) if id_token else ""


def id_token_context(session_id: str) -> str:
    return f"id-token:{session_id}"
