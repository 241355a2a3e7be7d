"""The control plane's CA, fetched from the control plane itself and taken because its fingerprint is known."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import re
import ssl
from collections.abc import Mapping
from pathlib import Path

from nimbus.client.addresses import host_and_port, in_words
from nimbus.client.profiles import profiles_file
from nimbus.protocol.errors import EXIT_FORBIDDEN, NimbusError, UsageError
from nimbus.protocol.files import write_atomically
from nimbus.protocol.pins import fingerprint as fingerprint_in_hex

TIMEOUT_S = 15.0
MOST_BYTES = 64 * 1024
PATH = "/v1/ca"
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\n.+?-----END CERTIFICATE-----\n", re.DOTALL)


def fingerprint_of(pem: str) -> str:
    """SHA-256 of the first certificate (DER) of a PEM text, in hex."""
    [first, *_] = _CERTIFICATE.findall(pem)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest()


def keep_pinned_ca(api: str, fingerprint: str, environment: Mapping[str, str]) -> Path:
    """The certificate with this SHA-256 fingerprint, of those that the control plane at `api` shows, in a file
    beside the profiles. Nothing else is sent there before. Raises NimbusError, UsageError."""
    wanted = _hex_of(fingerprint)
    for certificate in _CERTIFICATE.findall(_fetched(api)):
        if hmac.compare_digest(fingerprint_of(certificate), wanted):
            file = profiles_file(environment).parent / "ca" / f"{wanted}.crt"
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(file, certificate.encode())
            return file
    raise NimbusError(
        f"{api} has another CA than the one with the fingerprint {wanted}",
        code="WRONG_CA",
        next_step="Check the address and the fingerprint. If both are right, something is in between. Nothing was "
        "sent.",
        exit_status=EXIT_FORBIDDEN,
    )


def _hex_of(given: str) -> str:
    """A fingerprint may stand without the name of its algorithm, as `nimbus ca show` prints it."""
    word = given.strip()
    try:
        return fingerprint_in_hex(word if word.lower().startswith("sha256") else f"sha256:{word}")
    except ValueError:
        raise UsageError(
            "--ca-digest must be a SHA-256 fingerprint, 64 hexadecimal digits",
            next_step="Copy it from `nimbus ca show`, or from Settings in the dashboard.",
        ) from None


def _fetched(api: str) -> str:
    """Without trust: what it shows is compared before it is believed."""
    host, port = host_and_port(api)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    try:
        connection.request("GET", PATH)
        answer = connection.getresponse()
        body = answer.read(MOST_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise NimbusError(
            f"the control plane at {host}:{port} does not answer: {in_words(error)}",
            code="UNREACHABLE",
            next_step="Check that it runs, and the address.",
        ) from None
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise NimbusError(
            f"{host}:{port} shows no CA: it answered {answer.status}",
            code="UNREACHABLE",
            next_step="Check the address: it is that of the API.",
        )
    return body.decode("ascii", "replace").replace("\r\n", "\n")
