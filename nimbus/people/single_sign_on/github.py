"""Signing in at GitHub: OAuth 2.0 without ID tokens. Who somebody is comes from GitHub's REST API, by the access
token that their code was exchanged for; groups are teams, as `organization/team`, and organizations by name."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from nimbus.kernel.clock import Clock
from nimbus.people.identity.proof_key import challenge_of
from nimbus.people.single_sign_on.addresses import with_query
from nimbus.people.single_sign_on.fetching import Fetcher
from nimbus.people.single_sign_on.openid import MAX_CODE, DeviceAuthorization
from nimbus.people.single_sign_on.provider import TokenProblem, shown
from nimbus.people.single_sign_on.records import GITHUB, ExternalPerson, IdentityProvider, ProviderCheck
from nimbus.people.single_sign_on.refusals import LogoutRefused, ProviderFailed, Refused

_MAX_PAGES = 10
_PER_PAGE = 100


class GithubConnection:
    """`issuer` is the web address: https://github.com, or that of a GitHub Enterprise Server."""

    def __init__(
        self, provider: IdentityProvider, client_secret: str, clock: Clock, fetcher: Fetcher | None = None
    ) -> None:
        self.provider = provider
        self._secret = client_secret
        self._clock = clock
        self._fetcher = fetcher or Fetcher(provider.ca_pem)
        self._web = provider.issuer.rstrip("/")
        self._api = "https://api.github.com" if self._web == GITHUB else f"{self._web}/api/v3"

    async def authorization_address(
        self,
        redirect_uri: str,
        *,
        state: str,
        nonce: str,  # noqa: ARG002
        verifier: str,
    ) -> str:
        """GitHub takes PKCE and knows no nonce."""
        return with_query(
            f"{self._web}/login/oauth/authorize",
            client_id=self.provider.client_id,
            redirect_uri=redirect_uri,
            scope=" ".join(self.provider.scopes),
            state=state,
            code_challenge=challenge_of(verifier),
            code_challenge_method="S256",
        )

    async def check_response(self, iss: str) -> None:
        """GitHub has no RFC 9207; one that is there must be its own."""
        if iss and urlsplit(iss).hostname != urlsplit(self._web).hostname:
            raise Refused(
                "ISSUER_MISMATCH", "the answer is from another provider than the one that was asked"
            )

    async def person(
        self,
        code: str,
        redirect_uri: str,
        *,
        verifier: str,
        nonce: str,  # noqa: ARG002
    ) -> ExternalPerson:
        """Raises Refused, ProviderFailed."""
        if not 0 < len(code) <= MAX_CODE:
            raise Refused("CODE_MISSING", "the provider's answer has no code")
        token = await self._token(code, redirect_uri, verifier)
        user = await self._read("/user", token)
        if not isinstance(user, dict) or not isinstance(user.get("id"), int):
            raise ProviderFailed("GitHub's answer about the user is not as documented")
        email = await self._email(token)
        return ExternalPerson(
            issuer=self.provider.issuer,
            subject=str(user["id"]),
            username=_text(user.get("login")),
            email=email,
            email_verified=bool(email),
            display_name=_text(user.get("name")),
            groups=await self._groups(token),
        )

    async def _token(self, code: str, redirect_uri: str, verifier: str) -> str:
        form = {
            "client_id": self.provider.client_id,
            "client_secret": self._secret,
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        answer = await self._fetcher.post(f"{self._web}/login/oauth/access_token", "token endpoint", form)
        tokens = answer.json("token endpoint")
        # Errors come with status 200 too.
        if isinstance(tokens.get("error"), str):
            raise Refused("CODE_REFUSED", f"GitHub refused the sign-in ({shown(tokens['error'])})")
        token = tokens.get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not token.isascii():
            raise ProviderFailed(f"GitHub's token endpoint answered HTTP {answer.status}")
        return token

    async def _email(self, token: str) -> str:
        """The primary address, if it is verified."""
        addresses = await self._read("/user/emails", token)
        for address in addresses if isinstance(addresses, list) else []:
            if (
                isinstance(address, dict)
                and address.get("primary") is True
                and address.get("verified") is True
            ):
                return _text(address.get("email"))
        return ""

    async def _groups(self, token: str) -> frozenset[str]:
        if not self.provider.group_mapping:
            return frozenset()
        groups: set[str] = set()
        for number in range(1, _MAX_PAGES + 1):
            teams = await self._read(f"/user/teams?per_page={_PER_PAGE}&page={number}", token)
            for team in teams if isinstance(teams, list) else []:
                organization = team.get("organization") if isinstance(team, dict) else None
                login = _text(organization.get("login")) if isinstance(organization, dict) else ""
                if login:
                    groups |= {login, f"{login}/{_text(team.get('slug'))}"}
            if not isinstance(teams, list) or len(teams) < _PER_PAGE:
                break
        return frozenset(groups)

    async def _read(self, path: str, token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        answer = await self._fetcher.get(self._api + path, "API", headers)
        if answer.status != 200:
            raise ProviderFailed(f"GitHub's API answered HTTP {answer.status} to {path.partition('?')[0]}")
        try:
            return msgspec.json.decode(answer.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ProviderFailed("GitHub's API answered no JSON") from None

    async def begin_device(self, verifier: str) -> DeviceAuthorization:  # noqa: ARG002
        raise Refused(
            "NO_DEVICE_FLOW",
            "there is no sign-in at GitHub by another device here",
            next_step="Use a browser on this machine: nimbus login --oidc",
        )

    async def ask_device(self, device_code: str, verifier: str) -> ExternalPerson:  # noqa: ARG002
        raise TokenProblem("unsupported_grant_type")

    async def logout_address(self, id_token: str, return_to: str) -> str:  # noqa: ARG002
        return ""

    async def logout_claims(self, token: str) -> dict[str, Any]:  # noqa: ARG002
        raise LogoutRefused("LOGOUT_TOKEN_INVALID", "GitHub sends no logout tokens")

    async def check(self, redirect_uri: str) -> ProviderCheck:
        """Whether its API answers at all: there is no discovery."""
        problems: list[str] = []
        try:
            answer = await self._fetcher.get(f"{self._api}/meta", "API")
            if answer.status != 200:
                problems.append(f"GitHub's API answered HTTP {answer.status}")
        except ProviderFailed as error:
            problems.append(error.message)
        return ProviderCheck(
            ok=not problems,
            problems=tuple(problems),
            issuer=self.provider.issuer,
            redirect_uri=redirect_uri,
            endpoints={"authorization_endpoint": f"{self._web}/login/oauth/authorize", "api": self._api},
            client_authentication="client_secret_post",
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
