"""Which certificates of the API are accepted: those of the control plane's CA, and what the join token trusted."""

from __future__ import annotations

import ssl


def api_context(ca: str | bytes, trust: tuple[bytes, ...] = ()) -> ssl.SSLContext:
    """`ca` in PEM or DER, `trust` in DER. It trusts these and nothing else. The name is not compared: the CA gives
    the serverAuth usage to its own control plane only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    if trust:
        # An operator's own certificate may be a leaf without its root.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    pem = ca if isinstance(ca, str) else ssl.DER_cert_to_PEM_cert(ca)
    context.load_verify_locations(cadata=pem + "".join(ssl.DER_cert_to_PEM_cert(der) for der in trust))
    return context


def machine_context() -> ssl.SSLContext:
    """As this machine trusts others, the name compared: for an operator's own certificate that was replaced."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
