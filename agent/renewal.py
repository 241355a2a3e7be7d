"""Certificate renewal over mTLS, with a new key: at two thirds of its life, and when another authority signs."""

from __future__ import annotations

import json
import logging
import random
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

import msgspec
import trio

from agent.authorities import Authorities
from agent.command import own_command
from agent.directory import AgentDirectory
from agent.link import ControlPlaneLink, LinkDown
from nimbus.protocol.attempts import Attempts
from nimbus.protocol.messages import RenewAnswer, RenewRequest

CHECK_INTERVAL_S = 3600.0
RETRY_S = 60.0
# After another authority has come all nodes ask at once: within so long.
SPREAD_S = 10.0
log = logging.getLogger("nimbus.renewal")


async def keep_certificate(
    directory: AgentDirectory, link: ControlPlaneLink, authorities: Authorities
) -> None:
    """Until cancelled."""
    what = "the certificate could not be renewed"
    attempts = Attempts(log, what, "trying again in a minute", but=LinkDown)
    while True:
        changed = authorities.changed
        try:
            with attempts:
                if await trio.to_thread.run_sync(is_due, directory):
                    await link.wait_connected()
                    await renew(directory, link)
            wait = RETRY_S if attempts.failed else CHECK_INTERVAL_S
        except LinkDown:
            wait = RETRY_S
        with trio.move_on_after(wait):
            await changed.wait()
            await trio.sleep(random.uniform(0, SPREAD_S))  # noqa: S311


def is_due(directory: AgentDirectory) -> bool:
    """Whether two thirds of the certificate's life are over, or it is older than the authority that signs now, so
    that another one has signed it. One that is damaged is the link's to name."""
    try:
        begin, end = validity(directory.certificate)
        authority_begin, _ = validity(directory.ca)
    except (OSError, ssl.SSLError):
        return False
    return begin < authority_begin or time.time() >= begin + (end - begin) * 2 / 3


def validity(certificate: Path) -> tuple[float, float]:
    """From when until when it is good, in Unix seconds; of several in the file the first. Raises OSError,
    ssl.SSLError."""
    # OpenSSL's decoder, which the process has loaded anyway: no need of a larger library for two dates.
    decoded = ssl._ssl._test_decode_cert(str(certificate))  # type: ignore[attr-defined]
    return ssl.cert_time_to_seconds(decoded["notBefore"]), ssl.cert_time_to_seconds(decoded["notAfter"])


def is_good_now(pem: str, folder: Path) -> bool:
    """Whether a certificate is good at this machine's time. Blocks. Raises OSError, ssl.SSLError."""
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".renewed.") as file:
        file.write(pem)
        file.flush()
        begin, end = validity(Path(file.name))
    return begin <= time.time() < end


async def renew(directory: AgentDirectory, link: ControlPlaneLink) -> None:
    """Ask for a certificate of a new key, put both in place and reconnect with them."""
    identity = await trio.to_thread.run_sync(_new_identity)
    body = msgspec.json.encode(RenewRequest(csr=identity["csr"]))
    reply = await link.request("POST", "/v1/internal/certificate", body)
    if reply.status != 200:
        # Too early by the control plane's clock, or too often: the next look is soon enough.
        log.warning(
            "the certificate is not renewed now",
            extra={"answer": reply.body[:300].decode("utf-8", "replace")},
        )
        return
    answer = msgspec.json.decode(reply.body, type=RenewAnswer)
    if not await trio.to_thread.run_sync(is_good_now, answer.certificate, directory.root):
        # Signed by a clock that is wrong. It would lock this node out as soon as that is set right.
        log.warning(
            "the certificate that the control plane has signed is not valid at this machine's time: the present one"
            " stays. Compare the clocks"
        )
        return
    await trio.to_thread.run_sync(directory.begin_renewal, identity["key"], answer.certificate, answer.ca)
    log.info("the certificate was renewed")
    link.reconnect()


def _new_identity() -> dict[str, str]:
    """Key and CSR, made in a process of its own: the library for it stays out of this one's memory, and the key
    comes over a pipe."""
    done = subprocess.run(
        [*own_command(), "new-identity"],
        capture_output=True,
        check=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    identity: dict[str, str] = json.loads(done.stdout)
    return identity
