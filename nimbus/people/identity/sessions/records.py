"""Types of sessions."""

from __future__ import annotations

import msgspec

from nimbus.kernel.routing import PageQuery
from nimbus.people.identity.records import UserView

MAX_USER_AGENT = 200
# RFC 8176: a second factor was shown.
MULTIPLE = "mfa"


class SessionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds. A session ends when it was not used for `idle_s`, and in any case after `absolute_s`. Changing how
    one signs in wants a sign-in younger than `recent_s`."""

    access_token_s: int = 3600
    idle_s: int = 30 * 86400
    absolute_s: int = 90 * 86400
    recent_s: int = 900


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds. `methods` are the values of RFC 8176 (amr). `parent_id` is the
    session that it was opened from, which ends it; `authenticated_at` is when its user last proved who they are."""

    id: str
    user_id: str
    methods: tuple[str, ...]
    source: str
    user_agent: str
    created_at: int
    last_used_at: int
    last_used_from: str
    expires_at: int
    revoked_at: int | None = None
    revoked_for: str = ""
    authenticated_at: int
    parent_id: str | None = None

    def is_live(self, now: int, idle: int) -> bool:
        return self.revoked_at is None and now < min(self.expires_at, self.last_used_at + idle)


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339. `current`: the one that asks."""

    id: str
    user_id: str
    user: str
    methods: tuple[str, ...]
    source: str
    last_used_from: str
    user_agent: str
    created_at: str
    last_used_at: str
    expires_at: str
    current: bool


class SessionQuery(PageQuery, forbid_unknown_fields=True):
    """`user` is a name or an id: that user's, which wants user:read; the caller when it is not given."""

    SORTS = ("created_at", "last_used_at", "expires_at")

    user: str = ""


class RefreshRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Without the token the cookie is taken."""

    refresh_token: str = ""

    def __repr__(self) -> str:
        return "RefreshRequest()"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """`refresh_token` is not there where a cookie has it. `expires_in` is seconds of the access token.
    `second_factor_wanted_by` as `whoami` has it."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int
    refresh_token: str | None
    refresh_expires_in: int
    session_id: str
    user: UserView
    second_factor_wanted_by: str | None = None

    def __repr__(self) -> str:
        return f"SignedIn(session {self.session_id})"


class TokenKeyMade(msgspec.Struct, frozen=True):
    """Event: access tokens are signed with another key from now on."""


class TokenKeyMadeElsewhere(msgspec.Struct, frozen=True):
    """Event: by another control plane on this database."""


class SignedOut(msgspec.Struct, frozen=True):
    session_id: str | None
