"""Types of keys."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from nimbus.kernel.access import Access
from nimbus.kernel.durations import Durations
from nimbus.kernel.naming import LabelChanges, LabelFilter, Labels, Name, NameOrNone
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import matching

KeyKind = Literal["hmac", "api-key"]

MAX_TTL_S = 10 * 366 * 86400
LIFETIMES = Durations(1, MAX_TTL_S)
OVERLAPS = Durations(0, MAX_TTL_S)
TtlOrNone = Annotated[str, matching(LIFETIMES.pattern, empty=True)]
Overlap = Annotated[str, matching(OVERLAPS.pattern)]


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds. `previous_*` is the secret before the rotation, good until
    `previous_until`."""

    id: str
    organization_id: str | None
    name: str
    kind: KeyKind
    user_id: str | None
    access_key: str
    sealed_secret: str = ""
    secret_hash: str = ""
    previous_access_key: str = ""
    previous_sealed_secret: str = ""
    previous_secret_hash: str = ""
    previous_until: int | None = None
    workspace_id: str | None = None
    role_id: str | None = None
    tenant: str = ""
    labels: dict[str, str] = {}
    expires_at: int | None = None
    last_used_at: int | None = None
    last_used_from: str = ""
    rotated_at: int | None = None
    created_by: str
    created_at: int
    updated_at: int
    revoked_at: int | None = None
    revision: int = 1

    def __repr__(self) -> str:
        return f"Key({self.name!r}, {self.access_key!r})"


class KeyOwner(msgspec.Struct, frozen=True):
    """The user behind a personal key, as far as keys need them."""

    id: str
    username: str
    is_admin: bool
    enabled: bool


class KnownKey(msgspec.Struct, frozen=True):
    """A key that was recognised lately: what its requests are checked by, and what they may."""

    key: Key
    secret: str
    owner: KeyOwner | None
    access: Access
    is_previous: bool

    def __repr__(self) -> str:
        return f"KnownKey({self.key.name!r})"


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once. A pair has `access_key` and `secret_key`; the other kind has `api_key`, which is both in one."""

    id: str
    name: str
    kind: KeyKind
    access_key: str
    secret_key: str | None = None
    api_key: str | None = None
    expires_at: str | None = None
    previous_until: str | None = None

    def __repr__(self) -> str:
        return f"NewKey({self.access_key!r})"


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """`user` is set for personal keys; times are RFC 3339. `state`: valid, expired or revoked."""

    id: str
    organization_id: str | None
    organization: str | None
    name: str
    kind: KeyKind
    access_key: str
    user_id: str | None
    user: str | None
    workspace_id: str | None
    workspace: str | None
    role: str | None
    tenant: str | None
    labels: dict[str, str]
    state: str
    expires_at: str | None
    last_used_at: str | None
    last_used_from: str | None
    previous_until: str | None
    rotated_at: str | None
    created_by: str
    created_at: str
    updated_at: str
    revision: int


class PersonalKeyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A key that acts as the user who creates it. `workspace`, `role` and `tenant` narrow what it can do. `ttl` is
    a number with s, m, h or d; "" means no end."""

    name: Name
    kind: KeyKind = "hmac"
    workspace: str = ""
    role: str = ""
    tenant: NameOrNone = ""
    ttl: TtlOrNone = ""
    labels: Labels = {}


class ServiceKeyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A key with a role of its own, in `workspace` or in the whole of `organization`."""

    name: Name
    role: str
    kind: KeyKind = "api-key"
    workspace: str = ""
    organization: str = ""
    tenant: NameOrNone = ""
    ttl: TtlOrNone = ""
    labels: Labels = {}


class KeyPatch(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that are not given stay as they are. `ttl` counts from now."""

    name: Name | None = None
    ttl: TtlOrNone | None = None
    labels: LabelChanges | None = None


class RotateRequest(msgspec.Struct, forbid_unknown_fields=True):
    """How long the old secret is good beside the new one: a number with s, m, h or d; "0s" ends it at once."""

    overlap: Overlap = "24h"


class KeyQuery(PageQuery, forbid_unknown_fields=True):
    """`user` and `organization` are names or ids; `label` is `key=value`."""

    SORTS = ("name", "created_at", "last_used_at", "expires_at")

    organization: str | None = None
    user: str | None = None
    name: str | None = None
    label: LabelFilter | None = None
    state: Literal["valid", "expired", "revoked"] | None = None
