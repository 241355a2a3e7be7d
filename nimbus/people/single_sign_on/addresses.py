"""Pure decisions about addresses: where the control plane fetches from, and where it sends a browser to."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from nimbus.kernel.errors import invalid
from nimbus.kernel.shapes import matching

MAX_URL = 2000
MAX_PATH = 1000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_VISIBLE = re.compile(r"[\x21-\x7e]+", re.ASCII)
# What the API's description says of the addresses below: a host is taken by its usual letters.
_PORT = "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_PATH = r"(/[!$-\[\]-~]*)?"
_PLAIN_PATH = r"(/[!$->@-\[\]-~]*)?"
_HOST = r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ISSUER = rf"https://{_HOST}{_PORT}{_PLAIN_PATH}|http://(127\.0\.0\.1|localhost|\[::1\]){_PORT}{_PLAIN_PATH}"
Issuer = Annotated[str, matching(_ISSUER, maxLength=MAX_URL)]
IssuerOrNone = Annotated[str, matching(_ISSUER, empty=True, maxLength=MAX_URL)]
RedirectOrNone = Annotated[str, matching(f"https://{_HOST}{_PORT}{_PATH}", empty=True, maxLength=MAX_URL)]
_RETURN = r"/([!-.0-\[\]-~][!-\[\]-~]*)?"
ReturnPath = Annotated[str, matching(_RETURN, maxLength=MAX_PATH)]
ReturnPathOrNone = Annotated[str, matching(_RETURN, empty=True, maxLength=MAX_PATH)]
_CLI = rf"http://(127\.0\.0\.1|\[::1\]){_PORT[:-1]}{_PLAIN_PATH}"
CliRedirectOrNone = Annotated[str, matching(_CLI, empty=True, maxLength=MAX_URL)]


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in _LOOPBACK


def is_web_address(url: str, *, plain: bool) -> bool:
    """An absolute https address without a user name; `plain`: http on loopback will do."""
    if len(url) > MAX_URL or not _VISIBLE.fullmatch(url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or (plain and parts.scheme == "http" and parts.hostname in _LOOPBACK)


def check_issuer(issuer: str) -> str:
    """Raises ValidationError. As it is: issuers are compared letter by letter (OpenID Connect Core section 2)."""
    if not is_web_address(issuer, plain=True) or urlsplit(issuer).query:
        raise invalid("issuer", "must be an https URL without query or fragment (http on loopback only)")
    return issuer


def check_redirect_uri(uri: str) -> str:
    if uri and not is_web_address(uri, plain=False):
        raise invalid("redirect_uri", "must be an https URL without a fragment")
    return uri


def may_fetch(issuer: str, url: str) -> bool:
    """Whether discovery may name this address: https, and plain http only where the issuer is so on loopback."""
    return is_web_address(url, plain=issuer.startswith("http://") and is_loopback(issuer))


def check_return_path(path: str) -> str:
    """A path of this control plane, as a browser reads it: `//host` and `/\\host` are other hosts, and tabs and
    line ends are dropped before that is decided (the URL standard, section 4.4). Raises ValidationError."""
    if (
        len(path) > MAX_PATH
        or not _VISIBLE.fullmatch(path)
        or not path.startswith("/")
        or path.startswith("//")
        or "\\" in path
    ):
        raise invalid("return_to", "must be a path of this control plane, beginning with one slash")
    return path


def check_cli_redirect(uri: str) -> str:
    """RFC 8252 section 7.3: a loopback address with its port, and nothing a listener could be fooled by. Raises
    ValidationError."""
    good = is_web_address(uri, plain=True) and uri.startswith("http://")
    parts = urlsplit(uri) if good else None
    if parts is None or parts.hostname not in ("127.0.0.1", "::1") or not parts.port or parts.query:
        raise invalid("cli_redirect", "must be http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH")
    return uri


def with_query(url: str, **parameters: str) -> str:
    """`url` with these parameters beside those that it has."""
    separator = "&" if urlsplit(url).query else "?"
    return url + separator + urlencode(parameters)
