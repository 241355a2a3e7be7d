"""Types of destinations of the audit log."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from nimbus.kernel.hosts import HOST_PATTERN
from nimbus.kernel.naming import Name
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import PEM, matching, shaped
from nimbus.records.audit.records import AuditView

Kind = Literal["syslog", "webhook"]
State = Literal["disabled", "up_to_date", "behind", "failing"]
Begin = Literal["now", "oldest"]

MAX_DESTINATIONS = 5
MAX_TARGET = 2000
MAX_CA_PEM = 64 * 1024
SECRET = "[!-~]{16,255}"  # noqa: S105
# The port of RFC 5425, and the one that is usual without TLS.
TLS_PORT, TCP_PORT, HTTPS_PORT = 6514, 601, 443
_ADDRESS = rf"({HOST_PATTERN}|\[[0-9A-Fa-f:.]{{2,45}}\])"
_PORT = "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
TARGET = rf"https://{_ADDRESS}{_PORT}(/[!$-\[\]-~]*)?|syslog\+(tls|tcp)://{_ADDRESS}{_PORT}/?"
_Target = Annotated[str, matching(TARGET, maxLength=MAX_TARGET)]
_Secret = Annotated[str, matching(SECRET)]
_Authorities = Annotated[str, shaped(pattern=PEM, maxLength=MAX_CA_PEM)]


class Target(msgspec.Struct, frozen=True):
    """Where rows go, taken apart. `path`: of a webhook, with its query."""

    kind: Kind
    host: str
    port: int
    tls: bool
    path: str = ""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """As stored; times are epoch microseconds. `sealed_secret`: what a webhook's batches are signed with."""

    id: str
    name: str
    target: str
    ca_pem: str
    sealed_secret: str
    enabled: bool
    created_at: int
    updated_at: int
    revision: int = 1

    def __repr__(self) -> str:
        return f"Destination({self.name!r})"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a destination is. `cursor` is the sequence that it has taken last; `missed` counts rows that age took
    away before they went out; `attempts` are those since it failed first, at `failing_since`."""

    destination_id: str
    cursor: int
    sent: int = 0
    missed: int = 0
    attempts: int = 0
    due_at: int = 0
    failing_since: int | None = None
    last_sent_at: int | None = None
    problem: str = ""


class DestinationRequest(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`target` is `https://HOST/PATH` (a webhook), `syslog+tls://HOST:PORT` or `syslog+tcp://HOST:PORT`. `secret`
    signs what a webhook gets; one is made when it is left out. `ca_pem`: the authorities to trust there instead of
    the system's. `begin`: with what is written from now on, or with the oldest row that is kept."""

    name: Name
    target: _Target
    secret: _Secret | None = None
    ca_pem: _Authorities = ""
    begin: Begin = "now"
    enabled: bool = True

    def __repr__(self) -> str:
        return f"DestinationRequest({self.name!r})"


class DestinationPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Fields that are not given stay as they are. The cursor stays, too: a new target goes on where the old one
    was."""

    name: Name | None = None
    target: _Target | None = None
    secret: _Secret | None = None
    ca_pem: _Authorities | None = None
    enabled: bool | None = None

    def __repr__(self) -> str:
        return "DestinationPatch()"


class DestinationView(msgspec.Struct, frozen=True, kw_only=True):
    """Times are RFC 3339. `sent_through` is the sequence of the last row that it has; `waiting` are those after it.
    `problem` says why it stands still."""

    id: str
    name: str
    kind: Kind
    target: str
    has_secret: bool
    ca_pem: str
    enabled: bool
    state: State
    sent_through: int
    waiting: int
    sent: int
    missed: int
    last_sent_at: str | None
    failing_since: str | None
    attempts: int
    next_attempt_at: str | None
    problem: str
    created_at: str
    updated_at: str
    revision: int


class CreatedDestination(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` is shown this once: what the webhook checks signatures with. Null for syslog, and where it was
    given."""

    destination: DestinationView
    secret: str | None

    def __repr__(self) -> str:
        return f"CreatedDestination({self.destination.name!r})"


class DestinationQuery(PageQuery, forbid_unknown_fields=True):
    SORTS: ClassVar[tuple[str, ...]] = ("name", "created_at", "updated_at")

    name: str | None = None
    enabled: bool | None = None


class DeliveryStep(msgspec.Struct, frozen=True):
    """One step on the way, and what came of it."""

    step: str
    ok: bool
    answer: str


class DestinationTest(msgspec.Struct, frozen=True):
    """`ok`: the destination has taken a row that says it is a test."""

    ok: bool
    steps: list[DeliveryStep]


class DestinationsChanged(msgspec.Struct, frozen=True):
    """Event: there is another destination, or another way to one."""


class Batch(msgspec.Struct, frozen=True):
    """What a webhook gets. `test`: no row of the log is in it."""

    destination: str
    test: bool
    first: int
    last: int
    entries: list[AuditView]
