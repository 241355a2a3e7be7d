"""Types of enrolment."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec

from nimbus.fleet.nodes.records import NodeCertificate
from nimbus.kernel.durations import Durations
from nimbus.kernel.naming import Labels, Line, NameOrNone
from nimbus.kernel.routing import PageQuery
from nimbus.kernel.shapes import matching, shaped, whole, whole_or_zero
from nimbus.protocol.pins import PIN
from nimbus.wireguard.model import MTU_LIMITS

DEFAULT_TTL_S = 600
MAX_TTL_S = 7 * 86400
MAX_TTL_OF_SEVERAL_S = 90 * 86400
MAX_USES = 1000
MAX_PINS = 8
TokenState = Literal["open", "used", "expired", "revoked", "replaced"]
# Of a token for one machine a week at most, which depends on `uses`.
LIFETIMES = Durations(1, MAX_TTL_OF_SEVERAL_S)
Ttl = Annotated[str, matching(LIFETIMES.pattern)]
RejoinTtl = Annotated[str, matching(Durations(1, MAX_TTL_S).pattern)]
Pin = Annotated[str, matching(PIN)]
_PINS_OF_PROXY = {
    "if": {"properties": {"pins": {"minItems": 1}}, "required": ["pins"]},
    "then": {"properties": {"through_proxy": {"const": True}}, "required": ["through_proxy"]},
}


class TokenRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`ttl` is a number with s, m, h or d. `name` and `labels` are given to the node. `approve`: whether the node
    waits for approval; null: as the setting `enrolment` says. `through_proxy`: the machine reaches nothing but the
    proxy of the setting `proxy_url`; `pins` are what makes that one's certificate valid, if not an authority does
    that the machine trusts. `mtu` of the mesh on this machine, 0: as the setting says, else as its way is. `uses`:
    how many machines can join with it; more than one have no `name`, reach the API without a tunnel, and their
    token may be good for 90 days."""

    SCHEMA: ClassVar[dict[str, Any]] = _PINS_OF_PROXY

    name: NameOrNone = ""
    workspace: str = ""
    labels: Labels = {}
    ttl: Ttl = "10m"
    approve: bool | None = None
    through_proxy: bool = False
    pins: Annotated[list[Pin], shaped(maxItems=MAX_PINS)] = []
    mtu: Annotated[int, whole_or_zero(*MTU_LIMITS)] = 0
    uses: Annotated[int, whole(1, MAX_USES)] = 1


class RejoinRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A token with which a known node joins again, under its old id and address. `through_proxy`, `pins` and `mtu`
    as in TokenRequest; a node that joins through the proxy leaves the mesh."""

    SCHEMA: ClassVar[dict[str, Any]] = _PINS_OF_PROXY

    ttl: RejoinTtl = "10m"
    through_proxy: bool = False
    pins: Annotated[list[Pin], shaped(maxItems=MAX_PINS)] = []
    mtu: Annotated[int, whole_or_zero(*MTU_LIMITS)] = 0


class TokenView(msgspec.Struct, frozen=True):
    """Shown once. `command` sets a new machine up, and is empty for one that reaches nothing but the proxy;
    `join_command` is for one that has nimbus-agent already."""

    token: str
    command: str
    join_command: str
    expires_at: str
    id: str
    uses: int


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """A token as stored; `used_fingerprint` is of the keys that it was used with. One for several machines (`uses`)
    is never joined with: each claims one of its own, whose `parent_id` it is. `used`: how many have joined."""

    id: str
    secret_hash: str
    workspace_id: str
    name: str
    labels: dict[str, str]
    node_id: str | None
    provisional_key: str
    overlay_ip: str
    created_by: str
    created_at: int
    expires_at: int
    used_at: int | None = None
    used_fingerprint: str = ""
    closed_at: int | None = None
    # auto, approve, or "": as the setting says.
    approval: str = ""
    uses: int = 1
    used: int = 0
    parent_id: str = ""
    mtu: int = 0
    revoked_by: str = ""

    def state(self, now: int) -> TokenState:
        if self.revoked_by:
            return "revoked"
        if self.used >= self.uses:
            return "used"
        if self.expires_at <= now:
            return "expired"
        return "open" if self.closed_at is None else "replaced"


class JoinedNode(msgspec.Struct, frozen=True):
    """`joined_at` is RFC 3339."""

    id: str
    name: str
    joined_at: str


class JoinTokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token that was created, without what makes it one. `uses_left`: how many machines can still begin to join;
    `claimed` have begun. `rejoins`: name of the node that joins again with it. `nodes` have joined with it."""

    id: str
    workspace_id: str
    workspace: str
    name: str
    labels: dict[str, str]
    state: TokenState
    uses: int
    used: int
    uses_left: int
    claimed: int
    approval: str
    rejoins: str | None
    nodes: tuple[JoinedNode, ...]
    created_by: str
    created_at: str
    expires_at: str
    revoked_by: str | None
    ended_at: str | None


class JoinTokenQuery(PageQuery, forbid_unknown_fields=True):
    SORTS = ("created_at", "expires_at")

    state: TokenState | None = None


class Rejection(msgspec.Struct, forbid_unknown_fields=True):
    """`reason` goes into the audit log."""

    reason: Line = ""


class MeshPlace(msgspec.Struct, frozen=True):
    """`public_key` is the node's WireGuard key."""

    address: str
    public_key: str


class OpenToken(msgspec.Struct, frozen=True):
    """A join token that is still good; `expires_at` is RFC 3339."""

    id: str
    expires_at: str


class NodeDeletion(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with a node: certificates and session keys are refused from then on, the mesh forgets it, open
    tasks are cancelled, join tokens end."""

    id: str
    name: str
    certificates: tuple[NodeCertificate, ...]
    session_keys: int
    mesh: MeshPlace | None
    open_tasks: int
    join_tokens: tuple[OpenToken, ...]


class Terms(msgspec.Struct):
    """What this control plane demands and offers. `approve`: new nodes wait for approval; it may change at any
    time. `proxy_url` is where nodes that sign their requests reach the agents' paths, "" when they cannot."""

    approve: bool = False
    proxy_url: str = ""


def parse_ttl(text: str, most_s: int = MAX_TTL_S) -> int | None:
    """Seconds, or None when `text` is no duration from 1 s to `most_s`."""
    seconds = LIFETIMES.seconds(text)
    return seconds if seconds is not None and seconds <= most_s else None
