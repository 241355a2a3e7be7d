"""Where an API is, and why it does not answer."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from nimbus.protocol.errors import UsageError


def host_and_port(api: str) -> tuple[str, int]:
    """Of an https URL. Raises UsageError."""
    try:
        parts = urlsplit(api)
        host, port = parts.hostname, parts.port or 443
    except ValueError:
        host, port = None, 0
    if not host or parts.scheme != "https":
        raise UsageError(
            f"the API address {api!r} is not an https URL", next_step="Example: https://203.0.113.10:8443"
        )
    return host, port


def in_words(error: Exception) -> str:
    """Not in the words of OpenSSL or of the interpreter."""
    if isinstance(error, TimeoutError):
        return "there is no answer in time"
    if isinstance(error, ssl.SSLError) and "EOF" not in str(error):
        return "what listens there does not speak TLS as a control plane does"
    if isinstance(error, (ssl.SSLError, http.client.HTTPException, ConnectionResetError, BrokenPipeError)):
        return "the connection was cut"
    return getattr(error, "strerror", None) or "there is no connection"
