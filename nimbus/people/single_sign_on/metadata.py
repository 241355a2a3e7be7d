"""What an issuer says of itself (OpenID Connect Discovery 1.0 section 3, RFC 8414), checked before it counts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from nimbus.people.single_sign_on.addresses import may_fetch
from nimbus.people.single_sign_on.refusals import ProviderFailed

_ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
    "device_authorization_endpoint",
)


class Metadata(msgspec.Struct, frozen=True):
    """Endpoints that are "" do not exist."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    device_authorization_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    code_challenge_methods_supported: tuple[str, ...] = ()
    authorization_response_iss_parameter_supported: bool = False

    @property
    def endpoints(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in _ENDPOINTS if getattr(self, name)}


def discovery_addresses(issuer: str) -> tuple[str, str]:
    """Of OpenID Connect Discovery (section 4), and of RFC 8414 (section 3.1), which puts it before the path."""
    parts = urlsplit(issuer)
    before = parts._replace(path="/.well-known/oauth-authorization-server" + parts.path.rstrip("/"))
    return issuer.rstrip("/") + "/.well-known/openid-configuration", urlunsplit(before)


def checked(document: dict[str, Any], issuer: str) -> Metadata:
    """Raises ProviderFailed."""
    try:
        metadata = msgspec.convert({k: v for k, v in document.items() if v is not None}, Metadata)
    except msgspec.ValidationError as error:
        raise ProviderFailed(f"the provider's discovery document is not as it should be: {error}") from None
    if metadata.issuer != issuer:
        raise ProviderFailed("the provider's discovery document is of another issuer than the configured one")
    for name, url in metadata.endpoints.items():
        if not may_fetch(issuer, url):
            raise ProviderFailed(f"the provider's {name} is no https address")
    return metadata


def client_authentication(methods: tuple[str, ...], *, has_secret: bool) -> str:
    """How the client proves who it is at the token endpoint. Raises ProviderFailed."""
    if not has_secret:
        return "none"
    for known in ("client_secret_basic", "client_secret_post"):
        if known in methods:
            return known
    raise ProviderFailed("the provider takes a client secret neither as client_secret_basic nor as _post")
