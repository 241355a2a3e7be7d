"""One identity provider as it is on the network: discovery, keys, tokens, claims. What is fetched is kept."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import msgspec
import trio

from nimbus.kernel.clock import Clock, to_seconds
from nimbus.people.single_sign_on import metadata as documents
from nimbus.people.single_sign_on.fetching import Fetched, Fetcher
from nimbus.people.single_sign_on.metadata import Metadata
from nimbus.people.single_sign_on.records import IdentityProvider
from nimbus.people.single_sign_on.refusals import ProviderFailed, Refused
from nimbus.people.single_sign_on.signatures import MAX_KEYS, MAX_TOKEN, UnknownKey, Verified, verify

DOCUMENT_GOOD_FOR_S = 3600.0
# An unknown key makes us look for new ones, but not at the pace of whoever sends such tokens.
MIN_BETWEEN_FETCHES_S = 10.0
MAX_ERROR_TEXT = 200


class Tokens(msgspec.Struct, frozen=True):
    """RFC 6749 section 5.1."""

    access_token: str
    id_token: str = ""

    def __repr__(self) -> str:
        return "Tokens()"


class TokenProblem(Exception):
    """RFC 6749 section 5.2: `code` is its word for it (invalid_grant, authorization_pending, ...)."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.description = description


class _Kept:
    """A document that is fetched once for many who ask at the same time, and again when it is old."""

    def __init__(self, clock: Clock, fetch: Callable[[], Awaitable[Any]]) -> None:
        self._clock = clock
        self._fetch = fetch
        self._lock = trio.Lock()
        self._value: Any = None
        self._at: float | None = None

    async def get(self) -> Any:
        async with self._lock:
            if not self._younger_than(DOCUMENT_GOOD_FOR_S):
                await self._renew()
            return self._value

    async def newer(self) -> bool:
        """Fetch it again, unless that was done a moment ago: whether there may be something new."""
        async with self._lock:
            if self._younger_than(MIN_BETWEEN_FETCHES_S):
                return False
            await self._renew()
            return True

    async def _renew(self) -> None:
        self._value = await self._fetch()
        self._at = self._clock.monotonic()

    def _younger_than(self, seconds: float) -> bool:
        return self._at is not None and self._clock.monotonic() - self._at < seconds


class ProviderConnection:
    """`client_secret` "": a public client. Methods raise ProviderFailed when the provider fails."""

    def __init__(
        self, provider: IdentityProvider, client_secret: str, clock: Clock, fetcher: Fetcher | None = None
    ) -> None:
        self.provider = provider
        self._secret = client_secret
        self._clock = clock
        self._fetcher = fetcher or Fetcher(provider.ca_pem)
        self._metadata = _Kept(clock, self._fetch_metadata)
        self._keys = _Kept(clock, self._fetch_keys)

    async def metadata(self) -> Metadata:
        metadata: Metadata = await self._metadata.get()
        return metadata

    async def keys(self) -> list[dict[str, Any]]:
        keys: list[dict[str, Any]] = await self._keys.get()
        return keys

    async def verified(self, token: str) -> Verified:
        """A token that the provider signed. An unknown key is looked for once more: keys are rotated. Raises
        BadToken."""
        try:
            return verify(token, await self.keys())
        except UnknownKey:
            if not await self._keys.newer():
                raise
            return verify(token, await self.keys())

    async def tokens(self, form: dict[str, str]) -> Tokens:
        """From the token endpoint. Raises TokenProblem."""
        document = await self._posted((await self.metadata()).token_endpoint, "token endpoint", form)
        try:
            tokens = msgspec.convert(document, Tokens)
        except msgspec.ValidationError:
            raise ProviderFailed("the provider's token endpoint answered without tokens") from None
        if len(tokens.access_token) > MAX_TOKEN or not tokens.access_token.isascii():
            raise ProviderFailed("the provider's access token is none")
        return tokens

    async def device_authorization(self, form: dict[str, str]) -> dict[str, Any]:
        """RFC 8628 section 3.2. Raises TokenProblem; Refused when the provider has no such thing."""
        endpoint = (await self.metadata()).device_authorization_endpoint
        if not endpoint:
            raise Refused(
                "NO_DEVICE_FLOW",
                f"{self.provider.name} has no sign-in by another device",
                next_step="Use a browser on this machine: nimbus login --oidc",
            )
        return await self._posted(endpoint, "device endpoint", form)

    async def userinfo(self, access_token: str) -> dict[str, Any]:
        """OpenID Connect Core section 5.3; {} where there is none."""
        endpoint = (await self.metadata()).userinfo_endpoint
        if not endpoint:
            return {}
        headers = {"Authorization": f"Bearer {access_token}"}
        answer = await self._fetcher.get(endpoint, "UserInfo", headers)
        if answer.status != 200:
            raise ProviderFailed(f"the provider's UserInfo answered HTTP {answer.status}")
        return answer.json("UserInfo")

    def now_s(self) -> float:
        return to_seconds(self._clock.now())

    async def authentication_method(self) -> str:
        methods = (await self.metadata()).token_endpoint_auth_methods_supported
        return documents.client_authentication(methods, has_secret=bool(self._secret))

    async def _posted(self, url: str, what: str, form: dict[str, str]) -> dict[str, Any]:
        method = await self.authentication_method()
        headers, sent = {}, {**form, "client_id": self.provider.client_id}
        if method == "client_secret_basic":
            headers["Authorization"] = basic(self.provider.client_id, self._secret)
            del sent["client_id"]
        elif method == "client_secret_post":
            sent["client_secret"] = self._secret
        answer = await self._fetcher.post(url, what, sent, headers)
        document = answer.json(what)
        if answer.status != 200 or "error" in document:
            raise _problem(answer, document, what)
        return document

    async def _fetch_metadata(self) -> Metadata:
        first, second = documents.discovery_addresses(self.provider.issuer)
        answer = await self._fetcher.get(first, "discovery document")
        if answer.status == 404:
            answer = await self._fetcher.get(second, "discovery document")
        if answer.status != 200:
            raise ProviderFailed(f"the provider's discovery document answered HTTP {answer.status}")
        return documents.checked(answer.json("discovery document"), self.provider.issuer)

    async def _fetch_keys(self) -> list[dict[str, Any]]:
        answer = await self._fetcher.get((await self.metadata()).jwks_uri, "key set")
        keys = answer.json("key set").get("keys") if answer.status == 200 else None
        if not isinstance(keys, list):
            raise ProviderFailed(f"the provider's key set is none (HTTP {answer.status})")
        return [key for key in keys[:MAX_KEYS] if isinstance(key, dict)]


def _problem(answer: Fetched, document: dict[str, Any], what: str) -> TokenProblem | ProviderFailed:
    code = document.get("error")
    if answer.status >= 500 or not isinstance(code, str):
        return ProviderFailed(f"the provider's {what} answered HTTP {answer.status}")
    description = document.get("error_description")
    return TokenProblem(shown(code), shown(description) if isinstance(description, str) else "")


def shown(text: str) -> str:
    """What a provider says, as it can be shown: one line, cut."""
    return "".join(letter for letter in text if letter.isprintable())[:MAX_ERROR_TEXT]


def basic(client_id: str, secret: str) -> str:
    """RFC 6749 section 2.3.1: both are form-encoded before they are joined."""
    joined = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(joined.encode()).decode()
