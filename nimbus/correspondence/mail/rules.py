"""Pure decisions of mail: what settings are good, when to try again."""

from __future__ import annotations

import re

from nimbus.correspondence.mail.addresses import check_address
from nimbus.correspondence.mail.records import (
    CREDENTIAL,
    MAX_CA_PEM,
    MAX_CREDENTIAL,
    MAX_NAME,
    MailSettings,
    MailSettingsRequest,
)
from nimbus.kernel.clock import from_seconds, to_seconds
from nimbus.kernel.errors import invalid
from nimbus.kernel.hosts import check_authorities, check_host, is_loopback
from nimbus.kernel.shapes import is_line

FIRST_DELAY_S = 30.0
LONGEST_DELAY_S = 3600.0
# As RFC 5321 section 4.5.4.1 advises: four to five days; what waited that long for a relay of one's own is stale.
MAX_AGE_S = 3 * 86400.0


def delay_after(attempts: int) -> int:
    """Microseconds until the next try, after so many: 30 s, then twice as long each time, at most an hour."""
    return from_seconds(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempts - 1, 20)))


def until_due(due_at: int, now: int) -> float:
    """Seconds. No mail waits longer than the longest delay: what seems to was put off before the clock was set
    back, and is due."""
    wait = to_seconds(due_at - now)
    return 0.0 if wait > LONGEST_DELAY_S else max(0.0, wait)


def is_header_text(text: str, at_most: int) -> bool:
    """Whether it can stand in a header: one line of what can be seen. Directional marks and line ends of all sorts
    are not printable."""
    return is_line(text, at_most)


def check_header(text: str, field: str, at_most: int = 200) -> str:
    """Raises ValidationError."""
    if not is_header_text(text, at_most):
        raise invalid(field, f"must be one line of at most {at_most} printable characters")
    return text


def checked(request: MailSettingsRequest, present: MailSettings, now: int) -> MailSettings:
    """The settings that are asked for, with the password of `present`. Raises ValidationError."""
    host = check_host(request.host)
    if not 1 <= request.port <= 65535:
        raise invalid("port", "must be from 1 to 65535")
    if not 1 <= request.timeout <= 60:
        raise invalid("timeout", "must be from 1 to 60 seconds")
    if request.security == "none" and not is_loopback(host):
        raise invalid(
            "security",
            "none is for a server on this machine only: elsewhere mail would travel in the clear",
            next_step="Use starttls or tls.",
        )
    check_credential(request.username, "username")
    if request.password is not None:
        check_credential(request.password, "password")
    if request.password and not request.username:
        raise invalid("username", "is missing: there is a password")
    check_authorities(request.ca_pem, MAX_CA_PEM)
    return MailSettings(
        enabled=request.enabled,
        host=host,
        port=request.port,
        security=request.security,
        username=request.username,
        sealed_password=present.sealed_password,
        from_address=check_address(request.from_address, "from_address"),
        from_name=check_header(request.from_name, "from_name", MAX_NAME),
        ca_pem=request.ca_pem,
        timeout_s=request.timeout,
        updated_at=now,
        revision=present.revision + 1,
    )


def check_credential(text: str, field: str) -> None:
    if len(text) > MAX_CREDENTIAL or not re.fullmatch(CREDENTIAL, text):
        raise invalid(field, f"must be at most {MAX_CREDENTIAL} printable ASCII characters")


def same_way(settings: MailSettings, other: MailSettings) -> bool:
    """Whether a password that was given for `one` may be shown to `other`: nobody gets it by naming another
    server."""
    return all(
        getattr(settings, name) == getattr(other, name)
        for name in ("host", "port", "security", "username", "ca_pem")
    )
