"""What lies in the agent's data directory: rights, certificate, room."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from agent.directory import AgentDirectory, NodeRecord
from nimbus.protocol.checkup import rules
from nimbus.protocol.checkup.finding import Finding
from nimbus.protocol.checkup.rights import rights
from nimbus.protocol.files import free_bytes

# For log lines and metrics of a long absence of the control plane, results, and the next version of the agent.
ROOM_BYTES = 256 * rules.MIB


def kept(directory: AgentDirectory, record: NodeRecord) -> Iterator[Finding]:
    yield from _rights(directory)
    if record.auth == "mtls":
        yield _certificate(directory, record)
    try:
        yield of_space(str(directory.root), free_bytes(directory.root))
    except OSError as error:
        yield Finding(None, "disk", f"the free space is not known: {error.strerror}")


def _rights(directory: AgentDirectory) -> Iterator[Finding]:
    def of_foreign(file: Path, _owner: int) -> Finding:
        return Finding(
            False,
            "permissions",
            f"{file} belongs to another user than {directory.root}",
            f"Run: chown --reference={directory.root} {file}",
        )

    secrets = (directory.node, directory.key, directory.wireguard_key, directory.session, directory.proxy)
    yield from rights(directory.root, (*secrets, directory.renewal, directory.state), of_foreign)
    if not os.access(directory.root, os.W_OK):
        yield Finding(
            False,
            "permissions",
            f"{directory.root} cannot be written: its disk is read-only, or it is another user's",
            "Run nimbus-agent doctor with sudo. If it stays, mount the disk writable.",
        )


def _certificate(directory: AgentDirectory, record: NodeRecord) -> Finding:
    from cryptography import x509

    rejoin = (
        f"nimbus node token --rejoin {record.name} on the control plane, then nimbus-agent join TOKEN here."
    )
    try:
        [certificate, *_] = x509.load_pem_x509_certificates(directory.certificate.read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it contains no certificate"
        return Finding(False, "certificate", f"{directory.certificate} cannot be used: {reason}", rejoin)
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    now = time.time()
    return rules.of_certificate(
        "the certificate of this node",
        begins.timestamp(),
        ends.timestamp(),
        now,
        warn_s=rules.CERTIFICATE_ENDS_S,
        renew=rejoin
        if now >= ends.timestamp()
        else "The agent renews it while it is online. See its log: journalctl -u nimbus-agent -n 50",
    )


def of_space(where: str, free: float) -> Finding:
    if free == float("inf"):
        return Finding(True, "disk", f"{where} has no limit")
    said = f"{free / rules.MIB:,.0f} MiB free in {where}"
    if free >= ROOM_BYTES:
        return Finding(True, "disk", said)
    return Finding(
        None if free >= ROOM_BYTES / 8 else False,
        "disk",
        f"{said}; the agent wants {ROOM_BYTES // rules.MIB} MiB",
        "Free space on that disk.",
    )
