"""The refresh token as a cookie (RFC 6265), for the dashboard: scripts cannot read it, other sites cannot use it.

Its prefix `__Host-` (RFC 6265bis section 4.1.3.2) keeps other hosts of the domain from planting one, which would
sign its reader in as a user of theirs; it wants the path `/`. It never goes to another site (SameSite=Strict), and
only what signs in, renews and signs out looks at it. A request that relies on it must carry `X-Nimbus-Request: 1`,
which no form can send, and an Origin of this control plane. One of the name that it had before is not taken: it may
have been planted.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from nimbus.kernel.errors import Forbidden

NAME = "__Host-nimbus_refresh"
PATH = "/"
HEADER = "x-nimbus-request"
MAX_HEADER = 8192


def set_cookie(token: str, max_age_s: int) -> str:
    """The value of Set-Cookie."""
    return f"{NAME}={token}; Max-Age={max_age_s}; Path={PATH}; HttpOnly; Secure; SameSite=Strict"


def clear_cookie() -> str:
    return set_cookie("", 0)


def token_in(headers: Mapping[str, str]) -> str:
    """The refresh token of the request's cookies, "" when there is none."""
    given = headers.get("cookie", "")
    if not given or len(given) > MAX_HEADER:
        return ""
    try:
        morsel = SimpleCookie(given).get(NAME)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def check_own_page(headers: Mapping[str, str], origins: tuple[str, ...]) -> None:
    """That the request comes from a page of this control plane. `origins` are further ones (behind a proxy). Raises
    Forbidden."""
    origin = headers.get("origin", "")
    host = headers.get("host", "")
    own = origin in origins or (urlsplit(origin).scheme == "https" and origin == f"https://{host}")
    if not origin or not own or headers.get(HEADER) != "1":
        raise Forbidden(
            "a cookie is taken from pages of this control plane only",
            next_step="Send the header X-Nimbus-Request: 1 from its own origin, or the token in the body. Behind a "
            "proxy: have it pass the Host header on with its port.",
        )
