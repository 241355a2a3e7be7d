"""Signing in by OpenID Connect: authorization code with PKCE (RFC 7636, RFC 9700), and device flow (RFC 8628)."""

from __future__ import annotations

from typing import Any

import msgspec

from nimbus.people.identity.proof_key import challenge_of
from nimbus.people.single_sign_on.addresses import is_web_address, with_query
from nimbus.people.single_sign_on.claims import (
    check_id_token,
    check_logout_token,
    claim_at,
    person,
    without_the_tokens_own,
)
from nimbus.people.single_sign_on.provider import ProviderConnection, TokenProblem, Tokens
from nimbus.people.single_sign_on.records import ExternalPerson, IdentityProvider, ProviderCheck
from nimbus.people.single_sign_on.refusals import LogoutRefused, ProviderFailed, Refused
from nimbus.people.single_sign_on.signatures import ALGORITHMS, BadToken, key_names

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
MAX_CODE = 4096


class DeviceAuthorization(msgspec.Struct, frozen=True):
    """RFC 8628 section 3.2."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: int
    verification_uri_complete: str = ""
    interval: int = 5


class OpenId:
    def __init__(self, connection: ProviderConnection) -> None:
        self.connection = connection

    @property
    def provider(self) -> IdentityProvider:
        return self.connection.provider

    async def authorization_address(self, redirect_uri: str, *, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes (OpenID Connect Core section 3.1.2.1)."""
        metadata = await self.connection.metadata()
        return with_query(
            metadata.authorization_endpoint,
            response_type="code",
            client_id=self.provider.client_id,
            redirect_uri=redirect_uri,
            scope=" ".join(self.provider.scopes),
            state=state,
            nonce=nonce,
            code_challenge=challenge_of(verifier),
            code_challenge_method="S256",
        )

    async def check_response(self, iss: str) -> None:
        """RFC 9207: the answer is from the provider that was asked. Raises Refused."""
        metadata = await self.connection.metadata()
        if iss and iss != metadata.issuer:
            raise Refused(
                "ISSUER_MISMATCH", "the answer is from another provider than the one that was asked"
            )
        if not iss and metadata.authorization_response_iss_parameter_supported:
            raise Refused("ISSUER_MISSING", "the answer does not say which provider it is from")

    async def person(self, code: str, redirect_uri: str, *, verifier: str, nonce: str) -> ExternalPerson:
        """Whom the code stands for. Raises Refused, ProviderFailed."""
        if not 0 < len(code) <= MAX_CODE:
            raise Refused("CODE_MISSING", "the provider's answer has no code")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        try:
            tokens = await self.connection.tokens(form)
        except TokenProblem as problem:
            raise token_refusal(problem) from None
        return await self.person_of(tokens, nonce)

    async def person_of(self, tokens: Tokens, nonce: str) -> ExternalPerson:
        """Raises Refused, ProviderFailed."""
        if not tokens.id_token:
            raise ProviderFailed("the provider gave no ID token; is the scope openid among its scopes?")
        provider = self.provider
        try:
            verified = await self.connection.verified(tokens.id_token)
            check_id_token(
                verified.claims,
                issuer=provider.issuer,
                client_id=provider.client_id,
                now_s=self.connection.now_s(),
                nonce=nonce,
                access_token=tokens.access_token,
                alg=verified.header.alg,
            )
        except BadToken as error:
            raise Refused("ID_TOKEN_INVALID", f"the provider's ID token is not accepted: {error}") from None
        claims = verified.claims
        if self._lacks(claims):
            userinfo = await self._userinfo(tokens.access_token, claims["sub"])
            claims = {**without_the_tokens_own(userinfo), **claims}
        return person(
            claims,
            groups_claim=provider.groups_claim,
            username_claim=provider.username_claim,
            id_token=tokens.id_token,
        )

    def _lacks(self, claims: dict[str, Any]) -> bool:
        """Whether UserInfo has to be asked for what the settings want."""
        provider = self.provider
        wanted = ["email", "email_verified", "name", provider.username_claim]
        if provider.group_mapping and provider.groups_claim:
            wanted.append(provider.groups_claim)
        return any(claim_at(claims, name) is None for name in wanted if name)

    async def _userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        """OpenID Connect Core section 5.3.2: it must be about the same person."""
        userinfo = await self.connection.userinfo(access_token)
        if userinfo and userinfo.get("sub") != subject:
            raise Refused("USERINFO_MISMATCH", "the provider's UserInfo is about another user")
        return userinfo

    # Another device.

    async def begin_device(self, verifier: str) -> DeviceAuthorization:
        """With PKCE, which some providers want here too, and others pass over. Raises Refused, ProviderFailed."""
        form = {
            "scope": " ".join(self.provider.scopes),
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        try:
            authorization = await self.connection.device_authorization(form)
            begun = msgspec.convert(authorization, DeviceAuthorization)
        except TokenProblem as problem:
            raise token_refusal(problem) from None
        except msgspec.ValidationError:
            raise ProviderFailed("the provider's device endpoint answered not as RFC 8628 says") from None
        for address in (begun.verification_uri, begun.verification_uri_complete or begun.verification_uri):
            if not is_web_address(address, plain=True):
                raise ProviderFailed("the provider's device endpoint names no web address")
        if not (begun.user_code.isprintable() and 0 < len(begun.user_code) <= 100):
            raise ProviderFailed("the provider's device endpoint gave no code that could be shown")
        return begun

    async def ask_device(self, device_code: str, verifier: str) -> ExternalPerson:
        """Raises TokenProblem (authorization_pending, slow_down, ...), Refused, ProviderFailed."""
        form = {"grant_type": DEVICE_GRANT, "device_code": device_code, "code_verifier": verifier}
        tokens = await self.connection.tokens(form)
        return await self.person_of(tokens, "")

    # Signing out.

    async def logout_address(self, id_token: str, return_to: str) -> str:
        """OpenID Connect RP-Initiated Logout 1.0 section 2; "" where the provider has no such thing."""
        metadata = await self.connection.metadata()
        if not metadata.end_session_endpoint:
            return ""
        given = {"id_token_hint": id_token, "post_logout_redirect_uri": return_to}
        query = {name: value for name, value in given.items() if value}
        return with_query(metadata.end_session_endpoint, client_id=self.provider.client_id, **query)

    async def logout_claims(self, token: str) -> dict[str, Any]:
        """Of a logout token. Raises LogoutRefused, ProviderFailed."""
        try:
            verified = await self.connection.verified(token)
            check_logout_token(
                verified.claims,
                issuer=self.provider.issuer,
                client_id=self.provider.client_id,
                now_s=self.connection.now_s(),
                typ=verified.header.typ,
            )
        except BadToken as error:
            raise LogoutRefused(
                "LOGOUT_TOKEN_INVALID", f"the logout token is not accepted: {error}"
            ) from None
        return verified.claims

    # Looking.

    async def check(self, redirect_uri: str) -> ProviderCheck:
        """What there is, and what is wrong with it. Never raises for what the provider does."""
        problems: list[str] = []
        facts: dict[str, Any] = {}
        try:
            metadata = await self.connection.metadata()
            facts = {
                "endpoints": metadata.endpoints,
                "sign_out": bool(metadata.end_session_endpoint),
                "device_flow": bool(metadata.device_authorization_endpoint),
            }
            methods = metadata.code_challenge_methods_supported
            if methods and "S256" not in methods:
                problems.append("it does not take PKCE with S256")
            facts["client_authentication"] = await self.connection.authentication_method()
            facts["signing_keys"] = key_names(await self.connection.keys())
            if not facts["signing_keys"]:
                problems.append(f"it shows no key that could sign by one of {', '.join(sorted(ALGORITHMS))}")
        except ProviderFailed as error:
            problems.append(error.message)
        if "openid" not in self.provider.scopes:
            problems.append("the scope openid is missing")
        return ProviderCheck(
            ok=not problems,
            problems=tuple(problems),
            issuer=self.provider.issuer,
            redirect_uri=redirect_uri,
            **facts,
        )


def token_refusal(problem: TokenProblem) -> Refused:
    """invalid_client is ours to mend, everything else is the sign-in's."""
    detail = f": {problem.description}" if problem.description else ""
    if problem.code in ("invalid_client", "unauthorized_client"):
        return Refused(
            "CLIENT_REFUSED",
            f"the provider does not take this control plane as its client{detail}",
            next_step="An administrator has to check client id and secret: nimbus identity-provider update",
        )
    return Refused("CODE_REFUSED", f"the provider refused the sign-in ({problem.code}){detail}")
