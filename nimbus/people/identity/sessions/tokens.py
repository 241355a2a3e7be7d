"""Access tokens: JWT (RFC 7519) signed with HS256 (RFC 7518 section 3.2), and nothing else.

The library checks the signature, the issuer and the audience; times are checked here, with the clock that the
control plane goes by.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import jwt
import msgspec

from nimbus.kernel.errors import Unauthenticated

ALGORITHM = "HS256"
ISSUER = "nimbus"
AUDIENCE = "nimbus-api"
LEEWAY_S = 60
MAX_TOKEN = 4096
# RFC 7515 section 3.1: three parts in base64url.
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class TokenKey(msgspec.Struct, frozen=True):
    """`id` is the token's `kid`; 32 random bytes; `created_at` in epoch microseconds."""

    id: str
    secret: bytes
    created_at: int

    def __repr__(self) -> str:
        return f"TokenKey({self.id!r})"


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """`sub` is the user's id, `sid` the session's, `amr` how they signed in (RFC 8176); times are Unix seconds."""

    sub: str
    username: str
    admin: bool
    sid: str
    jti: str
    iat: int
    exp: int
    iss: str = ISSUER
    aud: str = AUDIENCE
    amr: tuple[str, ...] = ()


def issue(key: TokenKey, claims: Claims) -> str:
    return jwt.encode(
        msgspec.to_builtins(claims), key.secret, algorithm=ALGORITHM, headers={"kid": key.id, "typ": "JWT"}
    )


def read(
    token: str, find: Callable[[str], TokenKey | None], now_s: float, *, may_be_expired: bool = False
) -> Claims:
    """Raises Unauthenticated."""
    if len(token) > MAX_TOKEN or not _FORM.fullmatch(token):
        raise _refused("the bearer token is no access token of this control plane")
    try:
        header = jwt.get_unverified_header(token)
        key_id = header.get("kid")
        key = find(key_id) if isinstance(key_id, str) else None
        if key is None or header.get("alg") != ALGORITHM:
            raise _refused("the access token was not issued by this control plane")
        payload = jwt.decode(
            token,
            key.secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "require": ["sub", "sid", "jti", "iat", "exp", "iss", "aud"],
            },
        )
        claims = msgspec.convert(payload, Claims)
    except (jwt.PyJWTError, msgspec.ValidationError, RecursionError):
        raise _refused("the access token is forged, damaged, or not for this control plane") from None
    if now_s >= claims.exp and not may_be_expired:
        raise _refused("the access token has expired")
    if claims.iat > now_s + LEEWAY_S:
        raise _refused("the access token is from the future")
    return claims


def _refused(message: str) -> Unauthenticated:
    return Unauthenticated(message, next_step="Sign in again: nimbus login")
