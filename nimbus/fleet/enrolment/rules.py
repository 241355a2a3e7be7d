"""Pure decisions of enrolment."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import msgspec

from nimbus.fleet.enrolment.records import (
    MAX_PINS,
    MAX_TTL_OF_SEVERAL_S,
    MAX_TTL_S,
    MAX_USES,
    TokenRequest,
    TokenRow,
    parse_ttl,
)
from nimbus.fleet.nodes.facts import kept_facts
from nimbus.fleet.nodes.records import Approval, CertificateRow, Node, NodeReport, NodeState
from nimbus.kernel.clock import to_seconds, to_the_second
from nimbus.kernel.errors import Conflict, Forbidden, RateLimited, invalid
from nimbus.protocol.errors import UsageError
from nimbus.protocol.messages import JoinRequest
from nimbus.protocol.pins import parse_pins
from nimbus.wireguard.keys import is_key
from nimbus.wireguard.model import MTU_LIMITS

# A clock further off than this would not accept the certificate that it is about to get.
MAX_CLOCK_SKEW_S = 300.0
# An agent whose renewal had no answer asks again after a minute.
RENEWAL_INTERVAL_S = 30.0


class TokenUnknown(Forbidden):
    code = "TOKEN_UNKNOWN"


class TokenUsed(Conflict):
    code = "TOKEN_USED"


class TokenExpired(Forbidden):
    code = "TOKEN_EXPIRED"


class TokenRevoked(Forbidden):
    code = "TOKEN_REVOKED"


class TokenForSeveral(Conflict):
    code = "TOKEN_FOR_SEVERAL"


class ClockSkewed(Conflict):
    code = "CLOCK_SKEWED"


_NEW_TOKEN = "Make a new one on the control plane: nimbus node token"  # noqa: S105


def unknown_token() -> TokenUnknown:
    return TokenUnknown("the control plane does not know this token", next_step=_NEW_TOKEN)


def fingerprint(mesh_key: str, node_key: bytes) -> str:
    """Names the keys of one joining node: the same machine asking again is told from another one. Of its CSR
    only the key counts: made anew for the same key, a CSR differs in its signature."""
    return hashlib.sha256(mesh_key.encode() + b"\n" + node_key).hexdigest()


def check_token(token: TokenRow | None, keys: str, now: int) -> TokenRow:
    """The token, when it may be used with keys of this fingerprint. Raises one of the errors above."""
    if token is None:
        raise unknown_token()
    if token.uses > 1:
        raise TokenForSeveral(
            "the token is for several machines, and this agent does not know such tokens",
            next_step="Install the agent that this control plane carries, then join again.",
        )
    if token.revoked_by:
        raise TokenRevoked("the token was revoked", next_step=_NEW_TOKEN)
    if token.used_at is not None:
        if token.used_fingerprint != keys or token.closed_at is not None:
            raise TokenUsed("the token was used already", next_step=_NEW_TOKEN)
    elif token.closed_at is not None or token.expires_at <= now:
        raise TokenExpired("the token has expired", next_step=_NEW_TOKEN)
    return token


def check_mtu(mtu: int) -> int:
    """Raises ValidationError."""
    smallest, largest = MTU_LIMITS
    if mtu and not smallest <= mtu <= largest:
        raise invalid("mtu", f"must be 0 (as the way is) or from {smallest} to {largest} bytes")
    return mtu


def check_pins(pins: Sequence[str]) -> tuple[str, ...]:
    """Each as `sha256:hex`. Raises ValidationError."""
    if len(pins) > MAX_PINS:
        raise invalid("pins", f"are at most {MAX_PINS}")
    try:
        return tuple(parsed for pin in pins for parsed in parse_pins(pin))
    except UsageError as error:
        raise invalid("pins", error.message.removeprefix("pin: ")) from None


def check_ttl(text: str, uses: int = 1) -> int:
    """Seconds. Raises ValidationError."""
    most_s = MAX_TTL_S if uses == 1 else MAX_TTL_OF_SEVERAL_S
    seconds = parse_ttl(text, most_s)
    if seconds is None:
        raise invalid("ttl", f"must be a number with s, m, h or d, from 1s to {most_s // 86400}d")
    return seconds


def check_uses(request: TokenRequest) -> int:
    """Raises ValidationError."""
    if not 1 <= request.uses <= MAX_USES:
        raise invalid("uses", f"must be from 1 to {MAX_USES}")
    if request.uses > 1 and request.name:
        raise invalid("name", "is for one machine; several are named after their host names")
    if request.uses > 1 and request.through_proxy:
        raise invalid("uses", "must be 1 for a machine that joins through_proxy")
    return request.uses


def check_claim(token: TokenRow, claimed: int, now: int) -> None:
    """Whether one more machine may claim a token of its own; `claimed` have one that they did not join with yet.
    Raises one of the errors above."""
    if token.revoked_by:
        raise TokenRevoked("the token was revoked", next_step=_NEW_TOKEN)
    if token.used >= token.uses:
        raise TokenUsed(f"{token.uses} machines have joined with the token already", next_step=_NEW_TOKEN)
    if token.closed_at is not None or token.expires_at <= now:
        raise TokenExpired("the token has expired", next_step=_NEW_TOKEN)
    if token.used + claimed >= token.uses:
        raise TokenUsed(
            f"all {token.uses} uses of the token are taken, {claimed} of them by machines that are joining now",
            next_step="If one of those does not join, its use is free again within 10 minutes.",
        )


def check_way(token: TokenRow, request: JoinRequest, *, has_mesh: bool) -> None:
    """With a mesh a node comes through its tunnel, or signs what it sends through the proxy. Raises Conflict,
    ValidationError."""
    if not has_mesh:
        if token.provisional_key:
            # Another one on this database has the mesh; here nobody knows which keys are its own.
            raise Conflict(
                "the token leads into a mesh, and this control plane has none",
                next_step="Join at the control plane that made the token, or make one here.",
            )
        return
    if request.on_control_plane:
        return
    if token.provisional_key and not is_key(request.mesh_key):
        raise invalid("mesh_key", "a WireGuard public key is needed: this control plane runs a mesh")
    if not token.provisional_key and request.auth != "session-key":
        raise Conflict(
            "the token is for a node that signs its requests: it has no tunnel",
            next_step="Join with --auth session-key, or make a token without --through-proxy.",
        )


def check_on_control_plane(request: JoinRequest, source: str, own_address: str) -> None:
    """Nobody but a program of this machine asks from its overlay address: WireGuard takes it from no peer, and an
    answer to it never leaves the machine. Raises Conflict."""
    if request.on_control_plane and (not own_address or source != own_address):
        raise Conflict(
            "only the control plane's own machine joins without a tunnel, from its address in the mesh",
            next_step="Join as any other machine does.",
        )


def without_tunnel(token: TokenRow, own_address: str) -> TokenRow:
    """As it is for the control plane's own machine, which has its place in the mesh already."""
    return msgspec.structs.replace(token, provisional_key="", overlay_ip=own_address)


def no_listener(next_step: str = "Set proxy_listen and proxy_url.") -> Conflict:
    return Conflict(
        "this control plane has no listener for nodes that sign their requests (proxy_listen)",
        next_step=next_step,
    )


def approval_of(token: TokenRow, *, by_setting: bool) -> Approval:
    """Of the node that joins with a token."""
    waits = token.approval == "approve" or (token.approval == "" and by_setting)
    return Approval.WAITING if waits else Approval.APPROVED


def new_node(
    token: TokenRow, request: JoinRequest, node_id: str, name: str, source: str, approval: Approval, now: int
) -> Node:
    facts = kept_facts(request.facts)
    return Node(
        id=node_id,
        workspace_id=token.workspace_id,
        name=name,
        hostname=facts.hostname,
        deployment_mode=facts.deployment_mode,
        version=facts.agent_version,
        public_ip=source,
        overlay_ip=token.overlay_ip,
        state=NodeState.PENDING,
        maintenance=False,
        capabilities=facts.capabilities,
        labels=token.labels,
        facts=facts,
        facts_at=now,
        report=NodeReport(),
        last_seen_at=None,
        state_since=now,
        created_at=now,
        updated_at=now,
        auth=request.auth,
        approval=approval,
    )


def joined_again(known: Node, request: JoinRequest, source: str, address: str, now: int) -> Node:
    """A known node as the join finds it; `address` is its place in the overlay from now on."""
    facts = kept_facts(request.facts)
    return msgspec.structs.replace(
        known,
        hostname=facts.hostname,
        facts=facts,
        facts_at=now,
        version=facts.agent_version,
        public_ip=source,
        capabilities=facts.capabilities,
        deployment_mode=facts.deployment_mode,
        updated_at=now,
        auth=request.auth,
        overlay_ip=address,
    )


class RenewalTooEarly(Conflict):
    code = "RENEWAL_TOO_EARLY"


def check_renewal(good: Sequence[CertificateRow], serial: str, now: int, authority_began_at: int) -> None:
    """Whether the certificate of this serial may be replaced by a new one. `good` are those of its node that
    were not revoked, newest first. Raises RenewalTooEarly before half of its life, unless it is of an authority
    before the present one; RateLimited when the node was given one a moment ago, whose answer it should have."""
    shown = next((row for row in good if row.serial == serial), None)
    if shown is None:
        raise Conflict("the certificate that asks for another is not this node's")
    half = shown.issued_at + (shown.expires_at - shown.issued_at) // 2
    if now < half and shown.issued_at >= authority_began_at:
        raise RenewalTooEarly(
            f"the certificate is renewed from {to_the_second(half)} on",
            next_step="The agent does it by itself; check the clocks of both sides.",
        )
    since = to_seconds(now - good[0].issued_at)
    if good[0].serial != serial and 0 <= since < RENEWAL_INTERVAL_S:
        raise RateLimited(
            "this node was given a certificate a moment ago",
            retry_after=math.ceil(RENEWAL_INTERVAL_S - since),
        )


def check_clock(sent_at: float, now_s: float) -> None:
    off = sent_at - now_s
    if abs(off) > MAX_CLOCK_SKEW_S:
        direction = "ahead of" if off > 0 else "behind"
        raise ClockSkewed(
            f"this machine's clock is {abs(off):.0f} s {direction} the control plane's",
            next_step="Set the clock (NTP), then join again: the token was not used up.",
        )
