"""kill -9 in the middle of writes: no answered write is lost, and none is there by half."""

from __future__ import annotations

import functools
import random
import signal
import subprocess
import sys
from pathlib import Path

from nimbus.db import Transaction
from nimbus.db.database import write_once
from tests.kit.database import is_postgresql, place

_PROGRAM = """
import sys, trio
from pathlib import Path
from nimbus.kernel.clock import SystemClock
from nimbus.db.database import open_database
from nimbus.kernel.events import EventBus
from tests.kit.database import place

async def main(folder):
    async with open_database(place(Path(folder)), EventBus(), SystemClock()) as database:
        async def writer(number):
            for turn in range(100000):
                name = f"{number}-{turn}"
                def insert_both_halves(tx):
                    for half in ("a", "b"):
                        tx.execute("INSERT INTO organizations (id, name, created_at) VALUES (?, ?, 0)",
                                   (name + half + sys.argv[2], name + half + sys.argv[2]))
                await database.write(insert_both_halves)
                sys.stdout.write(name + "\\n")
                sys.stdout.flush()
        async with trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(writer, number)

trio.run(main, sys.argv[1])
"""


def names_of_turn(tx: Transaction, turn: int) -> set[str]:
    rows = tx.all("SELECT name FROM organizations WHERE name LIKE ?", (f"%-r{turn}",))
    return {row[0] for row in rows}


def test_a_killed_control_plane_keeps_every_answered_write(tmp_path: Path) -> None:
    dice = random.Random(20260101)
    for turn in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(tmp_path), f"-r{turn}"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert process.stdout is not None
        try:
            answered = [process.stdout.readline().strip() for _ in range(dice.randrange(1, 150))]
        finally:
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read()
            process.wait()
            process.stdout.close()
        answered += [line for line in rest.split("\n")[:-1] if line]
        stored = write_once(place(tmp_path), functools.partial(names_of_turn, turn=turn))
        if not is_postgresql():
            assert write_once(place(tmp_path), lambda tx: tx.value("PRAGMA integrity_check")) == "ok"
        for name in answered:
            assert {f"{name}a-r{turn}", f"{name}b-r{turn}"} <= stored, name
        whole = {name.removesuffix(f"-r{turn}")[:-1] for name in stored}
        assert len(stored) == 2 * len(whole)
