from __future__ import annotations

import ssl
from typing import Any

import pytest

from nimbus.http.agents.tls import certificate_of, server_context


def peer_certificate(*names: str, serial: str = "0A1B") -> Any:
    """As `getpeercert` gives it."""
    subject = ((("countryName", "XX"),), *((("commonName", name),) for name in names))
    dates = {"notBefore": "Nov 21 12:00:00 2025 GMT", "notAfter": "Nov 21 12:00:00 2026 GMT"}
    return {"subject": subject, "serialNumber": serial, **dates}


def test_the_parts_of_a_certificate() -> None:
    certificate = certificate_of(peer_certificate("node-1"))
    assert certificate is not None
    assert (certificate.common_name, certificate.serial) == ("node-1", "a1b")
    assert certificate.not_after == 1795262400.0
    assert certificate.not_before == 1763726400.0


@pytest.mark.parametrize("names", [(), ("a", "b"), ("a", "a")])
def test_one_name_is_needed(names: tuple[str, ...]) -> None:
    assert certificate_of(peer_certificate(*names)) is None


def test_a_serial_is_needed() -> None:
    assert certificate_of(peer_certificate("node-1", serial="00")) is None


def test_what_the_listener_never_offers(kit: Any) -> None:
    context = server_context(kit.server_file, kit.server_file, kit.authority.file)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.num_tickets == 0
    assert context.options & ssl.OP_NO_TICKET
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.options & ssl.OP_NO_COMPRESSION
    assert context.verify_flags & ssl.VERIFY_X509_STRICT
