"""Types of identity."""

from __future__ import annotations

import msgspec


class User(msgspec.Struct, frozen=True):
    id: str
    username: str
    is_admin: bool


class AccessKey(msgspec.Struct, frozen=True):
    """A key pair's stored half."""

    access_key: str
    user: User
    sealed_secret: str


class NewAccessKey(msgspec.Struct, frozen=True):
    """Shown once."""

    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        return f"NewAccessKey({self.access_key!r})"
