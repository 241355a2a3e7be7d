"""Types of users."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from nimbus.kernel.naming import LabelChanges, LabelFilter, Labels
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import line, matching, shaped
from nimbus.people.identity.rules import EMAIL, MAX_PASSWORD_BYTES, MIN_PASSWORD_LENGTH, USERNAME

MAX_DISPLAY_NAME = 100
Username = Annotated[str, matching(USERNAME)]
_PASSWORD_TO_CHANGE = {
    "if": {"properties": {"must_change_password": {"const": True}}, "required": ["must_change_password"]},
    "then": {"properties": {"password": {"minLength": MIN_PASSWORD_LENGTH}}, "required": ["password"]},
}
DisplayName = Annotated[str, line(MAX_DISPLAY_NAME)]
Email = Annotated[str, matching(EMAIL, format="email")]
EmailOrNone = Annotated[str, matching(EMAIL, empty=True)]
# Which ones are tried first, and how many bytes a letter has, no schema says.
Password = Annotated[str, shaped(minLength=MIN_PASSWORD_LENGTH, maxLength=MAX_PASSWORD_BYTES)]
PasswordOrNone = Annotated[
    str, shaped(maxLength=MAX_PASSWORD_BYTES, anyOf=[{"const": ""}, {"minLength": MIN_PASSWORD_LENGTH}])
]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds. `organization_id` is the home: who may read and change users there
    may do so with this one. `password_hash` "": signs in by other means, or not at all. An address that was not
    verified says nothing of who its user is, and others may have it too."""

    id: str
    organization_id: str | None
    username: str
    display_name: str = ""
    email: str = ""
    email_verified_at: int | None = None
    is_admin: bool = False
    disabled_at: int | None = None
    labels: dict[str, str] = {}
    password_hash: str = ""
    password_changed_at: int | None = None
    must_change_password: bool = False
    last_login_at: int | None = None
    created_at: int
    updated_at: int
    revision: int = 1

    @property
    def enabled(self) -> bool:
        return self.disabled_at is None

    def __repr__(self) -> str:
        return f"User({self.username!r}, {self.id!r})"


class FactorCounts(msgspec.Struct, frozen=True):
    """What a user has beside the password; `recovery_codes` are those that are left."""

    totp: bool = False
    passkeys: int = 0
    recovery_codes: int = 0

    @property
    def any(self) -> bool:
        return self.totp or self.passkeys > 0


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339."""

    id: str
    organization_id: str | None
    organization: str | None
    username: str
    display_name: str
    email: str
    email_verified: bool
    is_admin: bool
    disabled: bool
    has_password: bool
    must_change_password: bool
    mfa: FactorCounts
    labels: dict[str, str]
    created_at: str
    updated_at: str
    last_login_at: str | None
    password_changed_at: str | None
    revision: int


class UserRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`organization` is the home, by name or id; the only one that the caller may write users in, or `default`,
    when it is left out. Without a password the user signs in by other means, or is given one later."""

    SCHEMA: ClassVar[dict[str, Any]] = _PASSWORD_TO_CHANGE

    username: Username
    display_name: DisplayName = ""
    email: EmailOrNone = ""
    organization: str = ""
    is_admin: bool = False
    password: PasswordOrNone = ""
    must_change_password: bool = False
    labels: Labels = {}

    def __repr__(self) -> str:
        return f"UserRequest({self.username!r})"


class UserPatch(msgspec.Struct, forbid_unknown_fields=True):
    """Fields that are not given stay as they are. A label set to null is removed."""

    username: Username | None = None
    display_name: DisplayName | None = None
    email: EmailOrNone | None = None
    is_admin: bool | None = None
    disabled: bool | None = None
    must_change_password: bool | None = None
    labels: LabelChanges | None = None


class UserQuery(PageQuery, forbid_unknown_fields=True):
    """`organization` is a name or an id, `label` is `key=value`."""

    SORTS = ("username", "email", "created_at", "last_login_at")

    organization: str | None = None
    username: str | None = None
    email: str | None = None
    is_admin: bool | None = None
    disabled: bool | None = None
    label: LabelFilter | None = None


class PasswordRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`current` is wanted when one changes one's own. `must_change`: the user has to choose another at the next
    sign-in; it is refused for one's own."""

    password: Password
    current: str = ""
    must_change: bool = False

    def __repr__(self) -> str:
        return "PasswordRequest()"


class AccessSummary(msgspec.Struct, frozen=True):
    """Permissions by where they hold: everywhere, by organization, by workspace (`organization/workspace`)."""

    everywhere: tuple[str, ...]
    organizations: dict[str, tuple[str, ...]]
    workspaces: dict[str, tuple[str, ...]]
    tenant: str | None = None


class ControlPlaneMark(msgspec.Struct, frozen=True):
    """What people call this control plane, and the color of its header; "" and none where it has none."""

    name: str = ""
    color: str = "none"


class WhoAmI(msgspec.Struct, frozen=True):
    """`kind` is user or key; `via` is session or key. `second_factor_wanted_by`: whose policy this session does not
    meet, so that it can do no more than set a second factor up."""

    kind: str
    id: str
    name: str
    via: str
    session_id: str | None
    key_id: str | None
    user: UserView | None
    access: AccessSummary
    control_plane: ControlPlaneMark
    second_factor_wanted_by: str | None = None


class FactorPolicyQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`organization` is a name or an id; "": the control plane as a whole."""

    organization: str = ""


class WithoutFactor(msgspec.Struct, frozen=True):
    """`last_login_at` is RFC 3339."""

    user_id: str
    username: str
    has_password: bool
    last_login_at: str | None


class FactorPolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a second factor is required, and who has none. `users` counts all who are enabled there, `without`
    has the first 200 of `users_without`."""

    organization: str | None
    required: bool
    required_everywhere: bool
    users: int
    users_without: int
    without: tuple[WithoutFactor, ...]


def auditable(user: User) -> dict[str, Any]:
    return {
        "username": user.username,
        "display_name": user.display_name,
        "email": user.email,
        "email_verified": user.email_verified_at is not None,
        "is_admin": user.is_admin,
        "disabled": not user.enabled,
        "labels": user.labels,
        "organization_id": user.organization_id,
        "must_change_password": user.must_change_password,
    }
