"""Types of notifications."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from nimbus.correspondence.mail.addresses import Address
from nimbus.kernel.shapes import shaped

MAX_RECIPIENTS = 50


class Kind(StrEnum):
    USER_CREATED = "user.created"
    ADMINISTRATOR_GRANTED = "administrator.granted"
    INVITE_ACCEPTED = "invite.accepted"
    LAST_OWNER = "last-owner.attempt"
    NODE_JOINED = "node.joined"
    NODE_WAITING = "node.waiting"
    AUDIT_FAILURE = "audit.failure"
    CERTIFICATE_FAILURE = "certificate.failure"
    SIGN_IN_FAILURES = "sign-in.failures"
    CERTIFICATE_EXPIRY = "certificate.expiry"
    CERTIFICATE_NOT_ISSUED = "certificate.not-issued"
    EDGE_STOPPED = "edge.stopped"
    EDGE_ROLLED_BACK = "edge.rolled_back"
    EDGE_SERVER = "edge.server"


class NotificationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """As stored. `place` is an organization's id, or "" for the control plane."""

    place: str
    recipients: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = tuple(Kind)
    updated_at: int = 0
    revision: int = 1


class NotificationSettingsView(msgspec.Struct, frozen=True, kw_only=True):
    """`organization` is null for those of the control plane. `updated_at` is RFC 3339, null when never set."""

    organization: str | None
    recipients: tuple[str, ...]
    kinds: tuple[Kind, ...]
    updated_at: str | None
    revision: int


class NotificationSettingsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """All settings at once: mail addresses, and what they hear of (all kinds when it is not given)."""

    recipients: Annotated[list[Address], shaped(maxItems=MAX_RECIPIENTS)]
    kinds: list[Kind] | None = None


class Item(msgspec.Struct, frozen=True):
    """One line that waits for a mail. `source` says what it came from, so that it is told once."""

    recipient: str
    source: str
    kind: Kind
    line: str
    at: int


class Tally(msgspec.Struct, frozen=True):
    """Failed sign-ins of an account since a time; `told_at` 0: not told yet."""

    account: str
    failures: int
    since: int
    told_at: int
