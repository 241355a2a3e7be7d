"""Types of secrets and master keys. What holds a value does not show it when it is printed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from nimbus.kernel.naming import LabelChanges, LabelFilter, Labels, Line, Name
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import shaped

Encoding = Literal["text", "base64"]
VersionNumber = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]

MAX_VALUE_BYTES = 64 * 1024
# RFC 4648 section 4. A letter of text may have several bytes, which no schema counts.
_BASE64 = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"
_VALUE = {
    "if": {"properties": {"encoding": {"const": "base64"}}, "required": ["encoding"]},
    "then": {"properties": {"value": {"pattern": f"^{_BASE64}$", "maxLength": -(-MAX_VALUE_BYTES // 3) * 4}}},
    "else": {"properties": {"value": {"maxLength": MAX_VALUE_BYTES}}},
}
Value = Annotated[str, shaped(minLength=1)]


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; `version` is the current one, times are epoch microseconds."""

    id: str
    workspace_id: str
    name: str
    description: str = ""
    labels: dict[str, str] = {}
    version: int = 1
    last_read_at: int | None = None
    created_by: str
    created_at: int
    updated_at: int
    # Counts changes; reading is none.
    revision: int = 1


class SecretVersion(msgspec.Struct, frozen=True, kw_only=True):
    """As stored."""

    secret_id: str
    version: int
    encoding: Encoding
    sealed_value: str
    restored_from: int | None = None
    created_by: str
    created_at: int


class SecretValue(msgspec.Struct, frozen=True):
    """An opened value: text as it is, or base64 of bytes."""

    version: int
    encoding: Encoding
    value: str

    def __repr__(self) -> str:
        return f"SecretValue(version={self.version})"


class Use(msgspec.Struct, frozen=True, order=True):
    """Where a resource uses a secret: the kind and id of the resource, and which field of it names the secret."""

    resource_kind: str
    resource_id: str
    field: str


class SecretView(msgspec.Struct, frozen=True, kw_only=True):
    """A secret as the API shows it, never with its value; times are RFC 3339. `references`: what uses it."""

    id: str
    workspace_id: str
    workspace: str
    name: str
    description: str
    labels: dict[str, str]
    version: int
    encoding: Encoding
    created_at: str
    updated_at: str
    created_by: str
    last_read_at: str | None
    references: tuple[Use, ...]
    revision: int


class SecretValueView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    version: int
    encoding: Encoding
    value: str

    def __repr__(self) -> str:
        return f"SecretValueView({self.id!r}, version={self.version})"


class SecretVersionView(msgspec.Struct, frozen=True, kw_only=True):
    """`restored_from`: the version whose value this one has, when it came from a rollback."""

    version: int
    current: bool
    encoding: Encoding
    restored_from: int | None
    created_by: str
    created_at: str


class SecretRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`encoding` base64: `value` is base64 of bytes. At most 64 KiB."""

    SCHEMA: ClassVar[dict[str, Any]] = _VALUE

    name: Name
    value: Value
    encoding: Encoding = "text"
    description: Line = ""
    labels: Labels = {}
    workspace: str = ""

    def __repr__(self) -> str:
        return f"SecretRequest({self.name!r})"


class SecretPatch(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that are not given stay as they are. A label set to null is removed."""

    name: Name | None = None
    description: Line | None = None
    labels: LabelChanges | None = None


class NewSecretValue(msgspec.Struct, forbid_unknown_fields=True):
    """`encoding` base64: `value` is base64 of bytes. At most 64 KiB."""

    SCHEMA: ClassVar[dict[str, Any]] = _VALUE

    value: Value
    encoding: Encoding = "text"

    def __repr__(self) -> str:
        return "NewSecretValue()"


class SecretComparison(msgspec.Struct, frozen=True, kw_only=True):
    """`same`: the value is the one of `version`, the current one."""

    version: int
    same: bool


class SecretRollback(msgspec.Struct, forbid_unknown_fields=True):
    """To which version; the one before the current one when it is not given."""

    version: VersionNumber | None = None


class SecretQuery(PageQuery, forbid_unknown_fields=True):
    """`label` is `key=value`."""

    SORTS = ("name", "created_at", "updated_at", "last_read_at")

    name: str | None = None
    label: LabelFilter | None = None


class SecretValueQuery(msgspec.Struct, forbid_unknown_fields=True):
    """An older version; the current one when it is not given."""

    version: VersionNumber | None = None


class SecretDeleteQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`force`: also when something uses it."""

    force: bool = False


class MasterKeyState(StrEnum):
    # One key, and all values are sealed with it.
    CURRENT = "current"
    REENCRYPTING = "reencrypting"
    # No value names the old keys any more; they leave the file in a moment.
    RETIRING = "retiring"
    # As before, but the file is not ours to write.
    REMOVE_BY_HAND = "remove-by-hand"
    # What can be sealed with the primary is; some values do not open.
    UNREADABLE = "unreadable"


class MasterKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """`values`: how many are sealed with it. `adopted_at`: since when it was primary, or was found in use."""

    key_id: str
    primary: bool
    in_file: bool
    values: int
    adopted_at: str | None


class MasterKeyStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`values_left` are not yet sealed with the primary; `unreadable` values do not open, and stay as they are.
    `note` says what is for the operator to do."""

    primary: str
    state: MasterKeyState
    keys: tuple[MasterKeyView, ...]
    values: int
    values_left: int
    unreadable: int
    file: str
    writable: bool
    note: str


class MasterKeyRotated(msgspec.Struct, frozen=True):
    """Event: new values are sealed with this master key."""

    key_id: str


class MasterKeyRotatedElsewhere(msgspec.Struct, frozen=True):
    """Event: by another control plane on this database."""

    key_id: str


class AdoptedKey(msgspec.Struct, frozen=True):
    """As stored; times are epoch microseconds."""

    key_id: str
    adopted_at: int
    retired_at: int | None
