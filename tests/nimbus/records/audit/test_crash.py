"""kill -9 between commits: the chain holds, the events have no gap, and each change has its row and its event."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.db.transaction import Row
from tests.kit.database import place
from tests.nimbus.records.audit.world import world

_PROGRAM = """
import sys, trio
from pathlib import Path
from tests.nimbus.records.audit.world import world, write_row

async def main(folder):
    async with world(Path(folder)) as made, trio.open_nursery() as nursery:
        async def writer(number):
            for turn in range(100000):
                name = f"{number}-{turn}{sys.argv[2]}"
                def insert_and_record(tx):
                    tx.execute("INSERT INTO organizations (id, name, created_at) VALUES (?, ?, 0)", (name, name))
                    write_row(made.audit, tx, workspace_id=name)
                await made.database.write(insert_and_record)
                sys.stdout.write(name + "\\n")
                sys.stdout.flush()
        async def prune():
            while True:
                await made.database.write(lambda tx: made.audit.prepare(tx))
                made.clock.advance(86400)
                if await made.retention(3).prune():
                    sys.stdout.write("pruned\\n")
                    sys.stdout.flush()
        for number in range(8):
            nursery.start_soon(writer, number)
        if sys.argv[3] == "prune":
            nursery.start_soon(prune)

trio.run(main, sys.argv[1])
"""


def stored(tx: Transaction) -> tuple[set[str], list[Row]]:
    changed = {row[0] for row in tx.all("SELECT name FROM organizations")}
    return changed, tx.all("SELECT sequence, workspace_id FROM events ORDER BY sequence")


async def test_a_killed_control_plane(tmp_path: Path) -> None:
    dice = random.Random(20260202)
    answered: list[str] = []
    for turn in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(tmp_path), f"-r{turn}", "prune" if turn > 3 else ""],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[4],
        )
        assert process.stdout is not None
        try:
            wanted = dice.randrange(1, 150)
            lines = [process.stdout.readline().strip() for _ in range(wanted)]
            while turn > 3 and "pruned" not in lines:
                lines.append(process.stdout.readline().strip())
        finally:
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read()
            process.wait()
            process.stdout.close()
        answered += {*lines, *rest.split("\n")[:-1]} - {"", "pruned"}
        changed, told = write_once(place(tmp_path), stored)
        assert changed >= set(answered)
        assert [row[0] for row in told] == list(range(1, len(told) + 1))
        assert {row[1] for row in told if row[1]} == changed
        async with world(tmp_path) as made:
            verdict = await made.verify()
            assert verdict.ok, verdict.finding
            if turn <= 3:
                rows = await made.rows("SELECT workspace_id FROM audit_log WHERE workspace_id IS NOT NULL")
                assert sorted(row[0] for row in rows) == sorted(changed)
            else:
                assert verdict.pruned_through > 0
