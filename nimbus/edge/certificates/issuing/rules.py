"""Pure decisions of orders."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from nimbus.edge.certificates.issuing.records import Challenge, Issuance, IssuanceView
from nimbus.edge.host_names import host_name
from nimbus.kernel.clock import from_seconds, to_rfc3339
from nimbus.kernel.errors import invalid

DAY_S = 86_400.0
MOST_BEFORE_END_S = 30 * DAY_S
FIRST_RETRY_S, LAST_RETRY_S = 60.0, 12 * 3600.0
# The longest that an authority can have us wait.
LONGEST_WAIT_S = 7 * DAY_S
# Attempts that are told of; then each tenth.
_TOLD = (1, 3)


def checked_domains(given: Sequence[str], challenge: Challenge) -> tuple[str, ...]:
    """In A-labels, each once. Raises ValidationError."""
    names = {name.ascii: name for name in (host_name(domain, "domains") for domain in given)}
    for name in names.values():
        if _is_address(name.ascii):
            raise invalid("domains", f"{name.shown} is an address: certificates are ordered for domains")
        if not name.is_wildcard:
            continue
        if not name.ascii.startswith("*."):
            raise invalid("domains", f"{name.shown} is no domain that a certificate can be for")
        if challenge == "http-01":
            raise invalid("domains", f"{name.shown} is a wildcard: http-01 cannot prove it, dns-01 can")
    return tuple(names)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def renewal_of(not_before: int, not_after: int) -> int:
    """When it is renewed where the authority says nothing: at a third of its lifetime, 30 days before its end at
    most. Microseconds."""
    return not_after - min((not_after - not_before) // 3, from_seconds(MOST_BEFORE_END_S))


def wait_after(attempts: int, asked_s: float, spread: float) -> float:
    """Seconds until the next attempt after so many that failed; `asked_s` is what the authority asked for, 0
    without, `spread` is random, from 0 to 1."""
    own = min(FIRST_RETRY_S * 2.0 ** min(attempts - 1, 20), LAST_RETRY_S)
    return max(own * (0.75 + spread / 2), min(asked_s, LONGEST_WAIT_S))


def is_told(attempts: int) -> bool:
    """Whether so many failed attempts are worth a line in the audit log."""
    return attempts in _TOLD or (attempts > 0 and attempts % 10 == 0)


def is_ordering(issuance: Issuance, now: int) -> bool:
    return bool(issuance.order_url) or issuance.renew_at <= now


def issuance_view(issuance: Issuance, now: int) -> IssuanceView:
    ordering = is_ordering(issuance, now)
    return IssuanceView(
        domains=issuance.domains,
        challenge=issuance.challenge,
        key_type=issuance.key_type,
        state="failing" if issuance.attempts else "ordering" if ordering else "issued",
        attempts=issuance.attempts,
        problem=issuance.problem,
        next_attempt_at=to_rfc3339(max(issuance.next_at, now)) if ordering else None,
        renew_at=to_rfc3339(issuance.renew_at) if issuance.renew_at else None,
    )
