"""The providers' connections, kept while their settings stay as they are."""

from __future__ import annotations

from nimbus.db import Database, Transaction
from nimbus.kernel.clock import Clock
from nimbus.kernel.errors import NotFound
from nimbus.kernel.ids import is_id
from nimbus.kernel.sealing import Sealer
from nimbus.people.single_sign_on import store
from nimbus.people.single_sign_on.github import GithubConnection
from nimbus.people.single_sign_on.openid import OpenId
from nimbus.people.single_sign_on.provider import ProviderConnection
from nimbus.people.single_sign_on.records import IdentityProvider

CAPACITY = 100
Connection = OpenId | GithubConnection


class Connections:
    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._known: dict[str, Connection] = {}

    async def to(self, reference: str) -> Connection:
        """To an enabled provider, by name or id. Raises NotFound."""
        provider = await self._database.read(lambda tx: find(tx, reference))
        if provider is None or not provider.enabled:
            raise NotFound(
                f"there is no identity provider {reference!r}",
                next_step="See which there are: GET /api/v1/auth/methods",
            )
        return self.of(provider)

    def of(self, provider: IdentityProvider) -> Connection:
        known = self._known.get(provider.id)
        if known is None or known.provider != provider:
            known = self.fresh(provider)
            if len(self._known) >= CAPACITY:
                self._known.pop(next(iter(self._known)))
            self._known[provider.id] = known
        return known

    def fresh(self, provider: IdentityProvider) -> Connection:
        """One that knows nothing yet, for a test of the provider."""
        sealed = provider.sealed_client_secret
        secret = self._sealer.open(sealed, secret_context(provider.id)) if sealed else ""
        if provider.kind == "github":
            return GithubConnection(provider, secret, self._clock)
        return OpenId(ProviderConnection(provider, secret, self._clock))


def find(tx: Transaction, reference: str) -> IdentityProvider | None:
    if is_id(reference):
        return store.get_provider(tx, reference.lower())
    return store.find_provider(tx, reference.lower())


def secret_context(provider_id: str) -> str:
    return f"identity-provider:{provider_id}"
