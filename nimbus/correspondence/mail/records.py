"""Types of mail."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from nimbus.correspondence.mail.addresses import Address
from nimbus.kernel.hosts import Host
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import PEM, line, matching, shaped, whole

Security = Literal["starttls", "tls", "none"]
State = Literal["queued", "sent", "failed"]
Purpose = Literal["invite", "notification"]

MAX_NAME = 100
MAX_CREDENTIAL = 255
MAX_CA_PEM = 64 * 1024
CREDENTIAL = "[ -~]*"
Credential = Annotated[str, matching(CREDENTIAL, maxLength=MAX_CREDENTIAL)]


class MailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """As stored. `host` "": never set. `timeout_s` is seconds, of each step of a delivery."""

    enabled: bool
    host: str
    port: int
    security: Security
    username: str
    sealed_password: str
    from_address: str
    from_name: str
    ca_pem: str
    timeout_s: float
    updated_at: int
    revision: int

    @property
    def is_on(self) -> bool:
        return self.enabled and bool(self.host)


class Relay(msgspec.Struct, frozen=True):
    """Where mail is handed to, with the password opened. `ca_pem` "": the certificate authorities of the system."""

    host: str
    port: int
    security: Security
    username: str
    password: str
    ca_pem: str
    timeout_s: float

    def __repr__(self) -> str:
        return f"Relay({self.host}:{self.port})"


class MailSettingsView(msgspec.Struct, frozen=True, kw_only=True):
    """`timeout` is seconds. `updated_at` is RFC 3339, null when they were never set."""

    enabled: bool
    host: str
    port: int
    security: Security
    username: str
    has_password: bool
    from_address: str
    from_name: str
    ca_pem: str
    timeout: float
    updated_at: str | None
    revision: int


class MailSettingsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """All settings at once. `password` not given: the one that is there stays, as long as the server, the way to it
    and the user name stay; "": none. `security` of none is for servers on this machine only. `timeout` is
    seconds, 1 to 60, of each step."""

    host: Host
    from_address: Address
    port: Annotated[int, whole(1, 65535)] = 587
    security: Security = "starttls"
    username: Credential = ""
    password: Credential | None = None
    from_name: Annotated[str, line(MAX_NAME)] = "Nimbus"
    ca_pem: Annotated[str, shaped(maxLength=MAX_CA_PEM, pattern=PEM)] = ""
    timeout: Annotated[float, whole(1, 60)] = 15.0
    enabled: bool = True

    def __repr__(self) -> str:
        return f"MailSettingsRequest({self.host!r})"


class Step(msgspec.Struct, frozen=True):
    """One step of a delivery, and what the server said."""

    step: str
    ok: bool
    answer: str


class MailTest(msgspec.Struct, frozen=True):
    """`ok`: the server has taken the mail for `recipient`. Whether it arrives, only the mailbox tells."""

    ok: bool
    recipient: str
    steps: list[Step]


class MailTestRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing: it goes to the caller's address."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice wants to be sent. `reference` is the resource that it is about; `expires_at`: later it is of no
    use (epoch microseconds)."""

    recipient: str
    subject: str
    text: str
    html: str
    purpose: Purpose
    reference: str = ""
    expires_at: int


class Content(msgspec.Struct, frozen=True):
    """What is sealed of a queued one."""

    text: str
    html: str

    def __repr__(self) -> str:
        return "Content()"


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the outbox; times are epoch microseconds. `answer`: the server's last words, or ours."""

    id: str
    recipient: str
    subject: str
    purpose: Purpose
    reference: str
    sealed_content: str
    state: State
    attempts: int
    due_at: int
    created_at: int
    expires_at: int
    finished_at: int | None
    answer: str


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """Mail as the outbox knows it; never its content. Times are RFC 3339."""

    id: str
    recipient: str
    subject: str
    purpose: Purpose
    reference: str
    state: State
    attempts: int
    next_attempt_at: str | None
    created_at: str
    finished_at: str | None
    answer: str


class MessageQuery(PageQuery, forbid_unknown_fields=True):
    SORTS = ("created_at", "finished_at", "attempts")

    state: State | None = None
    purpose: Purpose | None = None
    recipient: str | None = None
