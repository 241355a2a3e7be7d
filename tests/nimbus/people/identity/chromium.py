"""A real Chromium, driven over its debugging pipe (Chrome DevTools Protocol), with its virtual authenticator."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import trio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PROGRAM = next(
    (path for path in ("/usr/lib/chromium/chromium", shutil.which("chromium") or "") if os.path.exists(path)),
    "",
)
# Commands come in on descriptor 3, answers go out on 4.
_SHIM = """
import os, sys
os.dup2(int(sys.argv[1]), 13), os.dup2(int(sys.argv[2]), 14)
os.dup2(13, 3), os.dup2(14, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_END = b"\0"


class BrowserError(Exception):
    """A command was refused."""


class Browser:
    def __init__(self, commands: trio.lowlevel.FdStream, answers: trio.lowlevel.FdStream) -> None:
        self._commands, self._answers = commands, answers
        self._number, self._session = 0, ""
        self._buffer = b""

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command, one answer; events in between are dropped."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        await self._commands.send_all(json.dumps(message).encode() + _END)
        while True:
            answer = await self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise BrowserError(answer["error"]["message"])
                result: dict[str, Any] = answer["result"]
                return result

    async def _next(self) -> dict[str, Any]:
        while _END not in self._buffer:
            received = await self._answers.receive_some()
            assert received, "the browser has gone"
            self._buffer += received
        line, _, self._buffer = self._buffer.partition(_END)
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def open(self, url: str) -> None:
        """Show a page, and wait until it is there."""
        target = await self.call("Target.createTarget", url=url)
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        while not await self._shows(url):
            await trio.sleep(0.05)

    async def _shows(self, url: str) -> bool:
        try:
            return bool(await self.run("document.readyState + ' ' + location.href") == f"complete {url}")
        except BrowserError:
            # Between two pages there is nothing that could answer.
            return False

    async def run(self, script: str) -> Any:
        """The value of an expression, awaited; what it throws fails the test."""
        found = await self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def add_authenticator(self) -> str:
        await self.call("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = await self.call("WebAuthn.addVirtualAuthenticator", options=options)
        return str(added["authenticatorId"])


def spki_hash(certificate: Path) -> str:
    """Of the first certificate in a PEM file, as --ignore-certificate-errors-spki-list wants it."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode()


@asynccontextmanager
async def browser(folder: Path, certificate: Path) -> AsyncIterator[Browser]:
    """`certificate` is the server's, which it trusts. Ended, with all its processes, afterwards."""
    commands_in, commands_out = os.pipe()
    answers_in, answers_out = os.pipe()
    arguments = [
        PROGRAM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-proxy-server",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
        "--remote-debugging-pipe",
        f"--user-data-dir={folder}",
        f"--ignore-certificate-errors-spki-list={spki_hash(certificate)}",
        "about:blank",
    ]
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_CACHE_HOME": str(folder),
    }
    async with trio.open_nursery() as nursery:
        start = partial(
            trio.run_process,
            [sys.executable, "-c", _SHIM, str(commands_in), str(answers_out), *arguments],
            pass_fds=(commands_in, answers_out),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )
        process: trio.Process = await nursery.start(start)
        os.close(commands_in)
        os.close(answers_out)
        try:
            async with (
                trio.lowlevel.FdStream(commands_out) as commands,
                trio.lowlevel.FdStream(answers_in) as answers,
            ):
                with trio.fail_after(90):
                    yield Browser(commands, answers)
        finally:
            # Its own session, so its own process group: the helpers of the browser end with it.
            os.killpg(process.pid, signal.SIGKILL)
