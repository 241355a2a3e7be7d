"""What a browser gets that comes back from a provider: a redirect with cookies, or a page that says why not."""

from __future__ import annotations

import html
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from nimbus.kernel.routing import Answer, Raw
from nimbus.people.identity import cookies
from nimbus.people.identity.sessions.records import SignedIn
from nimbus.people.single_sign_on.tickets import STATE_S
from nimbus.protocol.errors import NimbusError

# The prefix (RFC 6265bis section 4.1.3.2): no other host can set it. Lax: the provider sends the browser back.
NAME = "__Host-nimbus_sign_in"
_STATUS = {
    "UNAUTHENTICATED": 401,
    "NOT_FOUND": 404,
    "VALIDATION_ERROR": 422,
    "UNAVAILABLE": 503,
    "CONFLICT": 409,
}


def browser_in(headers: Mapping[str, str]) -> str:
    """What the sign-in is bound to; "" when there is no such cookie."""
    given = headers.get("cookie", "")
    if not given or len(given) > cookies.MAX_HEADER:
        return ""
    try:
        morsel = SimpleCookie(given).get(NAME)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def to_provider(location: str, browser: str) -> Answer:
    cookie = f"{NAME}={browser}; Max-Age={STATE_S}; Path=/; HttpOnly; Secure; SameSite=Lax"
    return _redirect(location, cookie)


def signed_in(location: str, done: SignedIn) -> Answer:
    """Back to a path of ours, with the cookie that the sign-in with a password sets as well."""
    assert done.refresh_token is not None
    return _redirect(location, cookies.set_cookie(done.refresh_token, done.refresh_expires_in))


def to_command_line(location: str) -> Answer:
    return _redirect(location, "")


def _redirect(location: str, cookie: str) -> Answer:
    headers = {"Location": location, **({"Set-Cookie": cookie} if cookie else {})}
    return Answer(Raw(b"", "text/plain; charset=utf-8"), headers=headers)


def wants_page(headers: Mapping[str, str]) -> bool:
    return "text/html" in headers.get("accept", "")


def refusal(error: NimbusError) -> Answer:
    """For people; programs get the error as JSON."""
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Nimbus: not signed in</title>'
        f"<h1>You are not signed in</h1><p>{html.escape(error.message)}.</p>"
        f'<p>{html.escape(error.next_step)}</p><p><a href="/">Back to Nimbus</a></p></html>\n'
    )
    return Answer(Raw(text.encode(), "text/html; charset=utf-8"), status=_STATUS.get(error.code, 400))
