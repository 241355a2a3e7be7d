"""Types of invites."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec

from nimbus.correspondence.mail.records import MessageView
from nimbus.kernel.durations import Durations
from nimbus.kernel.naming import LabelFilter, Labels, Line
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import matching, not_both, shaped
from nimbus.people.identity.records import DisplayName, Email, Password, Username
from nimbus.people.identity.sessions.records import SignedIn

State = Literal["pending", "accepted", "revoked", "expired"]

MAX_GROUPS = 20
LIFETIMES = Durations(60, 30 * 86400, "mhd")
Ttl = Annotated[str, matching(LIFETIMES.pattern)]


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds. `sent` counts tokens: the first, and those of resending."""

    id: str
    organization_id: str
    workspace_id: str | None
    email: str
    role_id: str
    group_ids: tuple[str, ...]
    message: str
    labels: dict[str, str]
    token_hash: str
    invited_by_kind: str
    invited_by_id: str
    invited_by_name: str
    sent: int
    expires_at: int
    accepted_at: int | None = None
    accepted_by: str | None = None
    revoked_at: int | None = None
    created_at: int
    updated_at: int
    revision: int = 1

    def state(self, now: int) -> State:
        if self.accepted_at is not None:
            return "accepted"
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if now >= self.expires_at else "pending"

    def __repr__(self) -> str:
        return f"Invite({self.id!r})"


class InviteView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339. `mail` is the newest mail about it, null when there was none."""

    id: str
    organization_id: str
    organization: str
    workspace_id: str | None
    workspace: str | None
    email: str
    role_id: str
    role: str
    groups: tuple[str, ...]
    message: str
    labels: dict[str, str]
    state: State
    invited_by: str
    sent: int
    mail: MessageView | None
    created_at: str
    updated_at: str
    expires_at: str
    accepted_at: str | None
    accepted_by: str | None
    revoked_at: str | None
    revision: int


class NewInvite(InviteView, frozen=True, kw_only=True):
    """`link` is what to hand to the person, shown this once; null when it went by mail."""

    link: str | None

    def __repr__(self) -> str:
        return f"NewInvite({self.id!r})"


class InviteRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A role in a workspace or an organization for the person with this address. `groups` are names or ids, of that
    organization. `ttl` is a number with m, h or d. `message` is one line, from you."""

    SCHEMA: ClassVar[dict[str, Any]] = not_both("workspace", "organization")

    email: Email
    role: str
    workspace: str = ""
    organization: str = ""
    groups: Annotated[list[str], shaped(maxItems=MAX_GROUPS)] = []
    ttl: Ttl = "7d"
    message: Line = ""
    labels: Labels = {}


class ResendRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`ttl` counts from now."""

    ttl: Ttl = "7d"


class InviteQuery(PageQuery, forbid_unknown_fields=True):
    """`organization` is a name or an id, `label` is `key=value`."""

    SORTS = ("email", "created_at", "expires_at")

    organization: str | None = None
    email: str | None = None
    state: State | None = None
    label: LabelFilter | None = None


class PreviewRequest(msgspec.Struct, forbid_unknown_fields=True):
    token: str

    def __repr__(self) -> str:
        return "PreviewRequest()"


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """For who has the token: who invites whom to what, and what a password must have."""

    organization: str
    workspace: str | None
    role: str
    email: str
    invited_by: str
    message: str
    expires_at: str
    min_password_length: int


class AcceptRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`cookie`: the refresh token goes into a cookie; for pages of this control plane."""

    token: str
    username: Username
    password: Password
    display_name: DisplayName = ""
    cookie: bool = False

    def __repr__(self) -> str:
        return "AcceptRequest()"


class ClaimRequest(msgspec.Struct, forbid_unknown_fields=True):
    token: str

    def __repr__(self) -> str:
        return "ClaimRequest()"


class Claimed(msgspec.Struct, frozen=True):
    """The role that the user who was signed in has been given."""

    invite_id: str
    organization: str
    workspace: str | None
    role: str


class Accepted(msgspec.Struct, frozen=True):
    invite_id: str
    organization: str
    session: SignedIn
