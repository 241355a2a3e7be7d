"""The join doctor: each step of a join that can fail, with its cause by name and the next thing to try."""

from __future__ import annotations

import ipaddress
import ssl
import time

from agent.pinning import PinMismatch
from agent.reasons import is_about_time, reason_of
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.join_token import JoinToken
from nimbus.wireguard.local_routes import overlapping


class JoinFailed(NimbusError):
    """`code` names the cause: UDP_BLOCKED, CLOCK_SKEWED, MESH_UNAVAILABLE, OVERLAY_COLLIDES, TOKEN_USED,
    TOKEN_EXPIRED, TOKEN_UNKNOWN, WRONG_CA, PIN_MISMATCH, SOURCE_NOT_ALLOWED, API_UNREACHABLE, AUTH_UNSUPPORTED,
    JOIN_REFUSED, MESH_REQUIRED, PROXY_UNTRUSTED, PROXY_REFUSED, PROXY_UNREACHABLE."""

    code = "JOIN_FAILED"

    def __init__(self, step: str, code: str, message: str, next_step: str) -> None:
        super().__init__(f"{step}: {message}", code=code, next_step=next_step)
        self.step = step


_NEW_TOKEN = "Create a new one on the control plane: nimbus node token"  # noqa: S105


def check_expiry(token: JoinToken) -> None:
    late = time.time() - token.expires_at
    if late > 0:
        raise JoinFailed(
            "token",
            "TOKEN_EXPIRED",
            f"it expired {late:.0f} s ago by this machine's clock",
            f"{_NEW_TOKEN}. If it was created just now, set this machine's clock (NTP).",
        )


def check_overlay(address: str, local: list[str]) -> None:
    """Whether a network that this machine reaches already overlaps the overlay."""
    overlay = ipaddress.ip_interface(address).network
    for network in overlapping(overlay, local):
        raise JoinFailed(
            "network",
            "OVERLAY_COLLIDES",
            f"the overlay {overlay} overlaps {network}, which this machine already reaches",
            "Start the control plane with another --overlay, or remove that route.",
        )


def no_handshake(endpoint: str, over_tls: str = "") -> JoinFailed:
    """`over_tls`: what came of the other way, "" when it was not tried."""
    return JoinFailed(
        "tunnel",
        "UDP_BLOCKED",
        f"no WireGuard handshake with {endpoint} (UDP)"
        + (f", and none over TLS: {over_tls}" if over_tls else ""),
        "Check that the control plane runs, that its --endpoint is right, that firewalls allow this UDP port "
        "or TCP to its API, and that the token is not used or expired.",
    )


def tls_failure(where: str, error: ssl.SSLError) -> JoinFailed:
    if is_about_time(error):
        return JoinFailed(
            "tls",
            "CLOCK_SKEWED",
            f"the certificate of {where} is not valid at this machine's time",
            "Set this machine's clock (NTP), then join again: the token was not used up.",
        )
    return JoinFailed(
        "tls",
        "WRONG_CA",
        f"{where} is not the control plane that created the token: {reason_of(error)}",
        "Check the address, or create a new token if the control plane was set up again.",
    )


def proxy_failure(where: str, error: ssl.SSLError) -> JoinFailed:
    failed = tls_failure(where, error)
    if failed.code == "CLOCK_SKEWED":
        return failed
    return JoinFailed(
        "tls",
        "PROXY_UNTRUSTED",
        f"this machine does not trust the certificate of the proxy {where}",
        "Create the token with --pin and the certificate's fingerprint, or let this machine trust its CA.",
    )


def http_proxy_failure(error: NimbusError) -> JoinFailed:
    """Of the proxy between this machine and the control plane."""
    return JoinFailed("proxy", error.code, error.message, error.next_step)


def pin_mismatch(where: str, error: PinMismatch) -> JoinFailed:
    return JoinFailed("tls", error.code, f"{where}: {error.message}", error.next_step)


def unreachable(where: str, error: Exception) -> JoinFailed:
    return JoinFailed(
        "api",
        "API_UNREACHABLE",
        f"{where} does not answer: {reason_of(error)}",
        "Check that the control plane runs and that this machine can reach it.",
    )


def refused(code: str, message: str, next_step: str) -> JoinFailed:
    return JoinFailed("join", code, message, next_step or _NEW_TOKEN)
