"""nginx started, stopped, reloaded, restarted, tested: as a service of systemd's, by its pid file, or in
another container. No shell."""

from __future__ import annotations

import shutil
import signal
import subprocess
from typing import Literal

import trio

from agent.edge.complaints import complaints
from agent.edge.nginx import MAX_OUTPUT, Nginx, NginxFailed
from agent.edge.places import Mode

Action = Literal["start", "stop", "reload", "restart", "test"]
# Requests that are being answered get so long when nginx is stopped.
STOP_S = 15.0
START_S = 20.0
_SYSTEMCTL_S = 90.0
_TURN_S = 0.05
_CONTAINER = "nginx runs in another container, which starts it: restart that container"
_UNIT = "nginx.service"


class Lifecycle:
    def __init__(self, nginx: Nginx, mode: Mode) -> None:
        self._nginx, self._mode = nginx, mode

    async def perform(self, action: Action) -> str:
        """What nginx, or systemd, said. Raises NginxFailed."""
        match action:
            case "test":
                return await self._test()
            case "reload":
                return await self._reload()
            case "start":
                return await self._start()
            case "stop":
                return await self._stop()
            case "restart":
                await self._test()
                if self._mode == "systemd":
                    return await systemctl("restart", _UNIT)
                self._refuse_in_container()
                await self._stop()
                return await self._start()

    async def _test(self) -> str:
        """Raises NginxFailed with nginx's own words when it does not take its configuration."""
        status, said = await self._nginx.tested(self._nginx.place.main)
        if status:
            raise NginxFailed(said.strip()[-1500:] or f"nginx -t ended with status {status}")
        return said.strip()

    async def _reload(self) -> str:
        said = await self._test()
        if not self._nginx.reload():
            raise NginxFailed("nginx is not running: start it")
        return said

    async def _start(self) -> str:
        if self._nginx.runs:
            return "nginx is running already"
        self._refuse_in_container()
        said = await self._test()
        await trio.to_thread.run_sync(self._nginx.remove_stale_sockets)
        if self._mode == "systemd":
            said = await systemctl("start", _UNIT) or said
        else:
            await self._start_process()
        with trio.move_on_after(START_S):
            while not self._nginx.runs:
                await trio.sleep(_TURN_S)
            return said
        raise NginxFailed(f"nginx was started, and does not run after {START_S:.0f} s")

    async def _start_process(self) -> None:
        """It goes into the background by itself; with `daemon off` it stays our child, and outlives us too."""
        command = [*self._nginx.place.program, "-c", str(self._nginx.place.main)]
        try:
            process = await trio.lowlevel.open_process(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise NginxFailed(f"nginx cannot be started: {error.strerror or error}") from None
        with trio.move_on_after(START_S):
            while process.poll() is None and not self._nginx.runs:
                await trio.sleep(_TURN_S)
        if process.returncode:
            logged = complaints(await trio.to_thread.run_sync(self._nginx.log_end))
            said = next((one.message for one in reversed(logged) if one.is_fatal), "")
            raise NginxFailed(said or f"nginx ended with status {process.returncode}")

    async def _stop(self) -> str:
        if not self._nginx.runs:
            return "nginx is not running"
        if self._mode == "systemd":
            return await systemctl("stop", _UNIT)
        self._refuse_in_container()
        for number in (signal.SIGQUIT, signal.SIGTERM):
            self._nginx.signal(number)
            with trio.move_on_after(STOP_S):
                while self._nginx.runs:
                    await trio.sleep(_TURN_S)
                return "nginx has stopped"
        raise NginxFailed(f"nginx does not stop within {2 * STOP_S:.0f} s")

    def _refuse_in_container(self) -> None:
        if self._mode == "sidecar":
            raise NginxFailed(_CONTAINER)


async def systemctl(*arguments: str) -> str:
    """What it said. Raises NginxFailed."""
    program = shutil.which("systemctl")
    if program is None:
        raise NginxFailed(
            "systemctl is not there: this machine has no systemd. Set the edge's mode to standalone"
        )
    try:
        with trio.fail_after(_SYSTEMCTL_S):
            done = await trio.run_process(
                [program, *arguments],
                check=False,
                capture_stdout=True,
                capture_stderr=True,
                stdin=subprocess.DEVNULL,
            )
    except trio.TooSlowError:
        raise NginxFailed(f"systemctl {arguments[0]} did not end within {_SYSTEMCTL_S:.0f} s") from None
    except OSError as error:
        raise NginxFailed(f"systemctl cannot be run: {error.strerror or error}") from None
    said = (done.stderr + done.stdout)[:MAX_OUTPUT].decode("utf-8", "replace").strip()
    if done.returncode:
        raise NginxFailed(f"systemctl {' '.join(arguments)}: {said[-1000:] or f'status {done.returncode}'}")
    return said
