"""JWS (RFC 7515) of identity providers: signed with a key of theirs, by an algorithm that proves it was them.

Never `none`, and never HMAC: whoever knows the public key, or the client secret, could sign those.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

# (kty, crv) that a key must have for an algorithm (RFC 7518 section 3.1, RFC 8037).
_KEYS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", "")),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
ALGORITHMS = frozenset(_KEYS)
MAX_TOKEN = 64 * 1024
MAX_KEYS = 100
MIN_RSA_BITS = 2048
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


class BadToken(Exception):
    """The token is not what it should be; the text says why, and quotes nothing of it."""


class UnknownKey(BadToken):
    """Signed with a key that the provider does not show (any more, or yet)."""


class Header(msgspec.Struct, frozen=True):
    """The header of a token that has not been verified yet."""

    alg: str
    kid: str = ""
    typ: str = ""


class Verified(msgspec.Struct, frozen=True):
    header: Header
    claims: dict[str, Any]


def header_of(token: str) -> Header:
    """Raises BadToken."""
    import jwt

    if len(token) > MAX_TOKEN or not _FORM.fullmatch(token):
        raise BadToken("it is no signed JWT")
    try:
        given = jwt.get_unverified_header(token)
        header = msgspec.convert(given, Header)
    except (jwt.PyJWTError, msgspec.ValidationError, RecursionError):
        raise BadToken("its header cannot be read") from None
    if header.alg not in ALGORITHMS:
        raise BadToken("it is signed by an algorithm that is not accepted")
    if "crit" in given:
        raise BadToken("it has critical extensions that are not known here")
    return header


def usable(key: dict[str, Any], alg: str) -> bool:
    """Whether a JWK (RFC 7517) may have made a signature by this algorithm."""
    kty, crv = _KEYS[alg]
    return (
        key.get("kty") == kty
        and (not crv or key.get("crv") == crv)
        and key.get("use", "sig") == "sig"
        and key.get("alg", alg) == alg
        and "verify" in key.get("key_ops", ["verify"])
    )


def verify(token: str, keys: list[dict[str, Any]]) -> Verified:
    """The claims of a token that one of these keys signed. Times and names in it are not looked at. Raises
    BadToken, UnknownKey when no key fits."""
    header = header_of(token)
    fitting = [key for key in keys[:MAX_KEYS] if usable(key, header.alg)]
    if header.kid:
        fitting = [key for key in fitting if key.get("kid") == header.kid]
    if not fitting:
        raise UnknownKey("it is signed with a key that the provider does not show")
    for key in fitting[:10]:
        claims = _opened(token, header, key)
        if claims is not None:
            return Verified(header, claims)
    if not header.kid:
        # A key that was rotated, and tokens that do not say which signed them.
        raise UnknownKey("its signature is of none of the provider's keys")
    raise BadToken("its signature is wrong")


def _opened(token: str, header: Header, key: dict[str, Any]) -> dict[str, Any] | None:
    import jwt

    try:
        public = jwt.PyJWK(key, algorithm=header.alg).key
        if getattr(public, "key_size", MIN_RSA_BITS) < MIN_RSA_BITS and key["kty"] == "RSA":
            return None
        unchecked = ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")
        claims: dict[str, Any] = jwt.decode(
            token,
            public,
            algorithms=[header.alg],
            options={f"verify_{name}": False for name in unchecked},  # type: ignore[arg-type]
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None
    return claims


def key_names(keys: list[dict[str, Any]]) -> tuple[str, ...]:
    """Those that could sign, for people: `kid (kty)`."""
    return tuple(
        f"{str(key.get('kid', '-'))[:80]} ({key.get('alg') or key.get('kty')})"
        for key in keys[:MAX_KEYS]
        if any(usable(key, alg) for alg in ALGORITHMS)
    )
