"""Identifiers and one-time secrets."""

from __future__ import annotations

import re
import secrets
import uuid

_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def new_id() -> str:
    """A random UUID (RFC 9562 section 5.4) as text."""
    return str(uuid.uuid4())


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)
