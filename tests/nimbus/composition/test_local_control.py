"""What is asked over the socket in the data directory, and by whom."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from nimbus.composition import bootstrap as bootstrap_module
from nimbus.composition.bootstrap import bootstrap, offer_setup
from nimbus.composition.local_control import (
    REQUEST_LIMIT,
    SOCKET,
    LocalRequest,
    Verb,
    ask_locally,
    serve_local,
)
from nimbus.kernel.errors import Conflict
from nimbus.protocol.errors import NimbusError
from tests.kit.control_plane import control_plane


class Echo(msgspec.Struct):
    said: dict[str, Any]


async def echo(parameters: dict[str, Any]) -> Echo:
    return Echo(parameters)


async def refuse(_parameters: dict[str, Any]) -> Echo:
    raise Conflict("there is one already", next_step="Use that.")


async def break_down(_parameters: dict[str, Any]) -> Echo:
    raise RuntimeError("a mistake of ours")


VERBS: Mapping[str, Verb] = {"echo": echo, "refuse": refuse, "break": break_down}


@asynccontextmanager
async def served(directory: Path) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_local, directory, VERBS)
        yield
        nursery.cancel_scope.cancel()


async def ask(directory: Path, verb: str, **parameters: Any) -> Echo:
    request = LocalRequest(verb, parameters)
    return await trio.to_thread.run_sync(ask_locally, directory, request, Echo)


async def test_a_long_way_to_a_socket_that_only_its_owner_reaches(tmp_path: Path) -> None:
    directory = tmp_path / ("d" * 120)
    directory.mkdir(mode=0o700)
    # Left behind by one that was killed.
    (directory / SOCKET).touch()
    async with served(directory):
        mode = (directory / SOCKET).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
        assert await ask(directory, "echo", a=1) == Echo({"a": 1})
    assert not (directory / SOCKET).exists()
    with pytest.raises(OSError, match="No such file"):
        await ask(directory, "echo")


async def test_refusals_keep_their_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with served(tmp_path):
        with pytest.raises(NimbusError) as refusal:
            await ask(tmp_path, "refuse")
        error = refusal.value
        assert (error.code, error.message, error.next_step) == (
            "CONFLICT",
            "there is one already",
            "Use that.",
        )
        with pytest.raises(NimbusError, match="cannot do 'dance'"):
            await ask(tmp_path, "dance")
        with pytest.raises(NimbusError) as failure:
            await ask(tmp_path, "break")
        assert failure.value.code == "INTERNAL_ERROR"
        assert "mistake" not in failure.value.message
        assert "a mistake of ours" in caplog.text


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\n",
        b"hello\n",
        b"\xff\xfe\n",
        b"[" * 4000 + b"\n",
        b'{"verb": 1}\n',
        b"x" * (REQUEST_LIMIT + 1),
    ],
    ids=["nothing", "a line", "a word", "no text", "deep", "no verb", "too long"],
)
async def test_what_is_no_question_is_hung_up_on(tmp_path: Path, said: bytes) -> None:
    async with served(tmp_path):
        with trio.fail_after(10):
            stream = await trio.open_unix_socket(tmp_path / SOCKET)
            async with stream:
                await stream.send_all(said)
                await stream.send_eof()
                assert await stream.receive_some() == b""
        assert await ask(tmp_path, "echo") == Echo({})


@pytest.mark.root
async def test_another_user_is_not_answered(tmp_path: Path) -> None:
    """Also not when somebody opened the directory to all."""
    program = (
        "import os, socket, sys\n"
        "os.setuid(65534)\n"
        "client = socket.socket(socket.AF_UNIX)\n"
        "client.connect(sys.argv[1])\n"
        "try:\n"
        '    client.sendall(b\'{"verb": "echo"}\\n\')\n'
        "    answer = client.recv(100)\n"
        "except ConnectionError:\n"
        "    answer = b''\n"
        "sys.stdout.buffer.write(b'answer: ' + answer)\n"
    )
    directory = Path("/tmp") / f"nimbus-local-{os.getpid()}"
    directory.mkdir(mode=0o755)
    try:
        async with served(directory):
            (directory / SOCKET).chmod(0o666)
            done = await trio.run_process(
                [sys.executable, "-I", "-c", program, str(directory / SOCKET)], capture_stdout=True
            )
            assert done.stdout == b"answer: "
    finally:
        directory.rmdir()


async def test_who_runs_is_the_only_one_that_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A further key and a setup token, made while a control plane serves from the directory."""

    def write_once(*_: object, **__: object) -> None:
        raise AssertionError("a second process writes to the database")

    async with control_plane(tmp_path) as plane:
        monkeypatch.setattr(bootstrap_module, "write_once", write_once)
        made = await trio.to_thread.run_sync(lambda: bootstrap(plane.config, new_key=True))
        assert made.access_key
        with pytest.raises(NimbusError) as refusal:
            await trio.to_thread.run_sync(lambda: offer_setup(plane.config))
        assert refusal.value.code == "CONFLICT"
        actions = [row["action"] for row in await plane.get("/api/v1/audit-log")]
        assert "key.create" in actions


async def test_while_the_control_plane_starts_it_is_waited_for(tmp_path: Path) -> None:
    """The lock is held, and nobody listens yet."""
    async with control_plane(tmp_path) as plane:
        file = plane.config.data_dir + "/" + SOCKET
        away = file + ".away"
        os.rename(file, away)
        made: list[str] = []

        async def make() -> None:
            made.append(
                (await trio.to_thread.run_sync(lambda: bootstrap(plane.config, new_key=True))).access_key
            )

        async with trio.open_nursery() as nursery:
            nursery.start_soon(make)
            os.rename(away, file)
        assert made
