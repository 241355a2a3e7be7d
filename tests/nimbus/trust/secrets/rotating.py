"""A process that rotates the master key, to be killed by tests of that:
`python -m tests.nimbus.trust.secrets.rotating FOLDER [POINT]`. Without a point it rotates and writes until it is
killed, and says what was answered."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio

from nimbus.kernel.routing import Target
from nimbus.trust.secrets import reencryption
from nimbus.trust.secrets.key_file import KeyFile
from nimbus.trust.secrets.records import NewSecretValue
from tests.kit.records import ADMIN
from tests.nimbus.trust.secrets.world import World, world

SECRETS = 5


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _around(owner: Any, name: str, *, before: int = 0, after: int = 0) -> None:
    """Die before, or after, the n-th call."""
    call: Callable[..., Any] = getattr(owner, name)
    calls = itertools.count(1)

    def wrapped(*arguments: Any) -> Any:
        number = next(calls)
        if number == before:
            _die()
        result = call(*arguments)
        if number == after:
            _die()
        return result

    setattr(owner, name, wrapped)


# The first writing of the file is the rotation's, the second takes the old key out.
POINTS: dict[str, Callable[[], None]] = {
    "before the file": lambda: _around(KeyFile, "write", before=1),
    "after the file, before the commit": lambda: _around(KeyFile, "write", after=1),
    "before the first batch": lambda: _around(reencryption, "_exchanged", before=1),
    "between batches": lambda: _around(reencryption, "_exchanged", before=4),
    "in a batch, before its commit": lambda: _around(reencryption, "_exchanged", after=3),
    "before the removal": lambda: _around(KeyFile, "write", before=2),
    "after the removal, before the commit": lambda: _around(KeyFile, "write", after=2),
}


async def _rotate_for_ever(w: World) -> None:
    for turn in itertools.count():
        # What the killed one before has left goes first.
        while len(w.keyring.file.read()) > 1:
            await trio.sleep(0.001)
        await w.master_keys.rotate(ADMIN)
        _say(f"rotated {turn}")


async def _write_for_ever(w: World, name: str) -> None:
    for turn in itertools.count():
        view = await w.secrets.set_value(ADMIN, Target(name), NewSecretValue(f"{name} {turn}"))
        _say(f"wrote {name} {view.version} {name} {turn}")
        await trio.lowlevel.checkpoint()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(*arguments: str) -> None:
    folder, point = (*arguments, "")[:2]
    async with world(Path(folder), batch=2) as w, trio.open_nursery() as nursery:
        if point:
            POINTS[point]()
            await w.master_keys.rotate(ADMIN)
            await w.reencryption.converge()
            return
        nursery.start_soon(w.reencryption.run)
        nursery.start_soon(_rotate_for_ever, w)
        for number in range(SECRETS):
            nursery.start_soon(_write_for_ever, w, f"secret-{number}")


if __name__ == "__main__":
    trio.run(main, *sys.argv[1:])
