"""Names under which servers are asked for: domains, as they are shown and as nginx and certificates have them."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

import idna

from nimbus.kernel.errors import invalid

MAX_NAMES = 600
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
# RFC 1035, section 2.3.4.
_MAX_LENGTH = 253
_SEPARATORS = re.compile(r"[ \t\r\n,]+")


class HostName(NamedTuple):
    """`ascii` is in lower case and in A-labels (RFC 5890); `shown` in U-labels."""

    ascii: str
    shown: str

    @property
    def is_wildcard(self) -> bool:
        return self.ascii.startswith((".", "*.")) or self.ascii.endswith(".*")


def host_names(given: str | list[str] | tuple[str, ...], field: str = "server_name") -> tuple[HostName, ...]:
    """One or more, in a list or in one text with commas or blanks between them; each once, in their order. Raises
    ValidationError."""
    parts = [given] if isinstance(given, str) else list(given)
    words = [word for part in parts for word in _SEPARATORS.split(part) if word]
    if not 1 <= len(words) <= MAX_NAMES:
        raise invalid(field, f"must be 1 to {MAX_NAMES} domains, such as www.example.com")
    return tuple({name.ascii: name for name in (host_name(word, field) for word in words)}.values())


def host_name(given: str, field: str = "server_name") -> HostName:
    """`www.example.com`, `*.example.com`, `.example.com` (it and all below it), `mail.*`, an IP address. Raises
    ValidationError."""
    refused = invalid(field, f"{given!r} is no domain such as www.example.com or *.example.com")
    text = given.strip().rstrip(".").lower()
    before, after = "", ""
    if text.startswith("*."):
        before, text = "*.", text[2:]
    elif text.startswith("."):
        before, text = ".", text[1:]
    elif text.endswith(".*"):
        after, text = ".*", text[:-2]
    if not before and not after and _is_address(text):
        return HostName(text, text)
    try:
        encoded = ".".join(_label(label) for label in text.split("."))
        shown = ".".join(_shown(label) for label in encoded.split("."))
    except (idna.IDNAError, UnicodeError, ValueError):
        raise refused from None
    # nginx's own manual has `_` for whatever no other server answers, which is refused on an edge.
    if len(encoded) > _MAX_LENGTH or encoded.rpartition(".")[2].isdigit() or encoded == "_":
        raise refused
    return HostName(before + encoded + after, before + shown + after)


def _label(label: str) -> str:
    encoded = label if label.isascii() else idna.encode(label, uts46=True).decode("ascii")
    if not _LABEL.fullmatch(encoded):
        raise ValueError(label)
    return encoded


def _shown(label: str) -> str:
    """Raises idna.IDNAError for an A-label that says nothing which can be shown."""
    return idna.decode(label) if label.startswith("xn--") else label


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return ":" not in text


def covers_name(certified: str, name: str) -> bool:
    """A name of a certificate (RFC 6125, section 6.4.3) stands for this name of a server: `*` for one label."""
    if certified == name:
        return True
    if not certified.startswith("*."):
        return False
    if name.startswith("."):
        return False
    return not name.startswith("*") and name.partition(".")[2] == certified[2:]
