"""A real certificate authority for tests: Pebble, Let's Encrypt's own, with a DNS server that answers 127.0.0.1."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import trio

from tests.kit.certificates import pem_of, signed
from tests.kit.debian_releases import unpacked
from tests.kit.ports import free_ports

# 2.10: with renewal information (RFC 9773).
RELEASE = "forky"
START_S = 30.0


class Pebble(NamedTuple):
    """`ca_file` is the authority of its own TLS certificate, `http_port` where it asks for answers, `dns`
    HOST:PORT of its DNS server, `records` the port at which that is told records."""

    directory: str
    ca_file: Path
    http_port: int
    dns: str
    records: int


@asynccontextmanager
async def pebble(
    folder: Path, *, rejects_nonces: int = 0, external: dict[str, str] | None = None
) -> AsyncIterator[Pebble]:
    """`rejects_nonces`: of how many in a hundred; `external`: external accounts, ids to HMAC keys, one of which it
    then wants."""
    found = await trio.to_thread.run_sync(unpacked, RELEASE, "pebble")
    folder.mkdir(parents=True, exist_ok=True)
    listen, management, http, tls, dns, records = free_ports(6)
    own_authority = signed("Test Authority", is_authority=True)
    own = signed("localhost", ("localhost",), by=own_authority)
    for name, text in (("ca.pem", own_authority.pem), ("chain.pem", own.pem), ("key.pem", pem_of(own.key))):
        (folder / name).write_text(text)
    configuration = {
        "listenAddress": f"127.0.0.1:{listen}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(folder / "chain.pem"),
        "privateKey": str(folder / "key.pem"),
        "httpPort": http,
        "tlsPort": tls,
        "externalAccountBindingRequired": external is not None,
        "externalAccountMACKeys": external or {},
        "retryAfter": {"authz": 1, "order": 1},
        "keyAlgorithm": "ecdsa",
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": configuration}))
    environment = {
        "PATH": os.environ["PATH"],
        "PEBBLE_VA_NOSLEEP": "1",
        "PEBBLE_WFE_NONCEREJECT": str(rejects_nonces),
        "PEBBLE_AUTHZREUSE": "0",
    }
    of_dns = found.command(
        "usr/bin/pebble-challtestsrv",
        *("-dnsserver", f"127.0.0.1:{dns}", "-management", f"127.0.0.1:{records}"),
        *("-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""),
        *("-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""),
    )
    of_acme = found.command(
        "usr/bin/pebble", *("-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}")
    )
    with contextlib.ExitStack() as ending:
        with (folder / "pebble.log").open("wb") as log:
            for command in (of_dns, of_acme):
                process = subprocess.Popen(
                    command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
                ending.callback(process.wait)
                ending.callback(process.terminate)
        with trio.fail_after(START_S):
            for port in (records, listen):
                while not await trio.to_thread.run_sync(_accepts, port):
                    pass
        directory = f"https://localhost:{listen}/dir"
        yield Pebble(directory, folder / "ca.pem", http, f"127.0.0.1:{dns}", records)


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
        return True
    return False
