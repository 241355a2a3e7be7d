"""A real Chromium without a window, driven over its DevTools protocol: one page, what it says, what it shows."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from trio_websocket import ConnectionClosed, WebSocketConnection, open_websocket_url

EXECUTABLE = shutil.which("chromium") or ""
START_S = 30.0
_QUIET = (
    "--headless=new",
    "--no-first-run",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-default-browser-check",
    # Else the two hundredth change of an address within ten seconds is not made.
    "--disable-ipc-flooding-protection",
    # The tests run as root, where its sandbox does not; the only pages are our own.
    "--no-sandbox",
)


class Page:
    """`problems` are errors of the console, exceptions, violations of the content security policy and requests that
    failed; `requested` every address that was asked for."""

    def __init__(self, socket: WebSocketConnection) -> None:
        self._socket = socket
        self._next = 0
        self._waiting: dict[int, trio.MemorySendChannel[dict[str, Any]]] = {}
        self._session = ""
        self.problems: list[str] = []
        self.requested: list[str] = []

    async def _listen(self) -> None:
        while True:
            try:
                message = json.loads(await self._socket.get_message())
            except ConnectionClosed:
                return
            if message.get("id") in self._waiting:
                await self._waiting[message["id"]].send(message)
            else:
                self._note(message.get("method", ""), message.get("params", {}))

    def _note(self, method: str, given: dict[str, Any]) -> None:
        if method == "Log.entryAdded" and given["entry"]["level"] == "error":
            self.problems.append(f"{given['entry']['text']} {given['entry'].get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and given["type"] in ("error", "assert"):
            self.problems.append(json.dumps(given["args"]))
        elif method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(given["exceptionDetails"]))
        elif method == "Audits.issueAdded" and given["issue"]["code"] == "ContentSecurityPolicyIssue":
            self.problems.append(json.dumps(given["issue"]))
        elif method == "Network.requestWillBeSent":
            self.requested.append(given["request"]["url"])

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Of the protocol. Raises RuntimeError."""
        self._next += 1
        number = self._next
        sender, receiver = trio.open_memory_channel[dict[str, Any]](1)
        self._waiting[number] = sender
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        await self._socket.send_message(json.dumps(message))
        with trio.fail_after(20):
            answer = await receiver.receive()
        del self._waiting[number]
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def attach(self) -> None:
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            await self.call(f"{domain}.enable")

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression. Raises RuntimeError."""
        found = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise RuntimeError(f"{expression}: {found['exceptionDetails']}")
        return found["result"].get("value")

    async def until(self, expression: str) -> Any:
        """The value as soon as it is true of the page; looked at each time that the page draws."""
        script = (
            "new Promise((done, fail) => { const end = performance.now() + 15000; const look = () => {"
            f" const value = {expression}; if (value) return done(value);"
            " if (performance.now() > end) return fail(new Error('never true'));"
            " setTimeout(look, 20); }; look(); })"
        )
        return await self.evaluate(script)

    async def go(self, address: str) -> None:
        await self.call("Page.navigate", url=address)
        await self.until("document.readyState === 'complete'")

    async def resize(self, width: int, height: int, *, dark: bool = False) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])

    async def key(self, name: str) -> None:
        code = {"Tab": 9, "Enter": 13}[name]
        text = {"text": "\r"} if name == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code, **text
            )

    async def write(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def picture(self, file: Path) -> None:
        found = await self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(found["data"]))


@asynccontextmanager
async def chromium(folder: Path, address: tuple[str, int]) -> AsyncIterator[Page]:
    """An empty page of a fresh profile, which trusts the certificate of the server at `address` and no other."""
    pem = await trio.to_thread.run_sync(ssl.get_server_certificate, address)
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    profile = folder / "chromium"
    command = [
        EXECUTABLE,
        *_QUIET,
        f"--user-data-dir={profile}",
        "--remote-debugging-port=0",
        f"--ignore-certificate-errors-spki-list={base64.b64encode(digest).decode()}",
        "about:blank",
    ]
    async with trio.open_nursery() as nursery:
        process: trio.Process = await nursery.start(
            lambda task_status: trio.run_process(
                command, check=False, capture_stdout=True, capture_stderr=True, task_status=task_status
            )
        )
        try:
            port, path = await _listening(profile / "DevToolsActivePort")
            async with open_websocket_url(
                f"ws://127.0.0.1:{port}{path}", max_message_size=64 << 20
            ) as socket:
                page = Page(socket)
                async with trio.open_nursery() as inner:
                    inner.start_soon(page._listen)
                    await page.attach()
                    yield page
                    inner.cancel_scope.cancel()
        finally:
            process.terminate()


async def _listening(file: Path) -> tuple[int, str]:
    with trio.fail_after(START_S):
        while True:
            lines = file.read_text("utf-8").split() if file.exists() else []
            if len(lines) == 2:
                return int(lines[0]), lines[1]
            await trio.sleep(0.05)
