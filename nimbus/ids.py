"""Identifiers and one-time secrets."""

from __future__ import annotations

import secrets
import uuid


def new_id() -> str:
    """A random UUID (RFC 9562 section 5.4) as text."""
    return str(uuid.uuid4())


def is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)
