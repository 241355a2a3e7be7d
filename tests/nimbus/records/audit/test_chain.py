"""The hash chain: whatever is done to the stored rows without the key is found, and named."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.protocol.errors import NimbusError
from nimbus.records.audit import verification
from nimbus.records.audit.records import Finding
from nimbus.records.audit.service import AuditLog
from nimbus.records.event_log.recorder import record_changes
from nimbus.trust.secrets.master_key import MasterKey
from tests.kit.clock import SettableClock
from tests.kit.database import is_postgresql, place, plain_session
from tests.kit.resealing import reseal
from tests.nimbus.records.audit.world import SEALER, world, write_row

# As somebody who writes into the tables themselves does it.
NO_REFERENCES = "SET session_replication_role = replica" if is_postgresql() else "PRAGMA foreign_keys = OFF"

COLUMNS = (
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "resource_kind",
    "resource_id",
    "resource_name",
    "workspace_id",
    "organization_id",
    "source",
    "request_id",
    "outcome",
    "diff",
    "id",
)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows are several batches."""
    monkeypatch.setattr(verification, "BATCH", 4)
    monkeypatch.setattr("nimbus.records.audit.service._BATCH", 3)


async def found_after(folder: Path, *statements: str) -> tuple[str, int]:
    """What is found in a chain of 11 rows (the first says that it begins) after these statements."""
    async with world(folder) as made:
        await made.record(10)
        assert (await made.verify()).ok
        made.tamper(*statements)
        finding = (await made.verify()).finding
        assert finding is not None
        return finding.fault, finding.sequence


async def test_a_chain_that_nobody_touched_holds(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(10)
        verdict = await made.verify()
        assert (verdict.ok, verdict.count, verdict.first, verdict.last, verdict.finding) == (
            True,
            11,
            1,
            11,
            None,
        )
        head = await made.verifier.head()
        assert head is not None
        assert (head.sequence, head.hash) == (11, verdict.head_hash)
    async with world(tmp_path) as again:
        await again.record(1)
        assert (await again.verify()).count == 12


async def test_the_documented_format_is_the_one_that_is_used(tmp_path: Path) -> None:
    """Computed here without the product's code, as somebody else's verifier would."""
    async with world(tmp_path) as made:
        await made.record(3)
        [(key_id, sealed)] = await made.rows("SELECT id, sealed_key FROM audit_keys")
        key = bytes.fromhex(SEALER.open(sealed, f"audit-key:{key_id}"))
        assert len(key) == 32
        names = (
            "sequence, id, at, actor_kind, actor_id, actor_name, action, resource_kind, resource_id, resource_name,"
            " workspace_id, organization_id, source, request_id, outcome, diff"
        )
        previous = "0" * 64
        for *fields, stored in await made.rows(f"SELECT {names}, hash FROM audit_log ORDER BY sequence"):
            text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
            message = b"nimbus-audit-row-1\n" + previous.encode() + b"\n" + text
            previous = hmac.new(key, message, hashlib.sha256).hexdigest()
            assert stored == previous


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("sequence", [1, 4, 5, 8])
async def test_an_altered_field(tmp_path: Path, column: str, sequence: int) -> None:
    other = f"{column} + 1" if column == "at" else f"COALESCE({column}, '') || '1'"
    change = f"UPDATE audit_log SET {column} = {other} WHERE sequence = {sequence}"
    assert await found_after(tmp_path, change) == ("altered", sequence)


async def test_the_newest_row_altered(tmp_path: Path) -> None:
    change = "UPDATE audit_log SET actor_name = 'eve' WHERE sequence = 11"
    assert await found_after(tmp_path, change) == ("replaced", 11)


SWAP = (
    "UPDATE audit_log SET sequence = 100 WHERE sequence = 5",
    "UPDATE audit_log SET sequence = 5 WHERE sequence = 6",
    "UPDATE audit_log SET sequence = 6 WHERE sequence = 100",
)
INSERT = (
    "INSERT INTO audit_log SELECT '{id}', {sequence}, at, actor_kind, actor_id, actor_name, action, resource_kind,"
    " resource_id, resource_name, workspace_id, source, request_id, outcome, diff, organization_id, {hash}"
    " FROM audit_log WHERE sequence = 5"
)
SHIFT = "UPDATE audit_log SET sequence = -sequence WHERE sequence >= 6"
SHIFT_BACK = "UPDATE audit_log SET sequence = 1 - sequence WHERE sequence < 0"


@pytest.mark.parametrize(
    ("statements", "fault", "sequence"),
    [
        (["DELETE FROM audit_log WHERE sequence = 6"], "removed", 6),
        (["DELETE FROM audit_log WHERE sequence = 1"], "removed", 1),
        (["DELETE FROM audit_log WHERE sequence BETWEEN 3 AND 7"], "removed", 3),
        (["DELETE FROM audit_log WHERE sequence = 11"], "removed", 11),
        (["DELETE FROM audit_log WHERE sequence > 4"], "removed", 5),
        (["DELETE FROM audit_log"], "removed", 1),
        (
            [
                "DELETE FROM audit_log WHERE sequence = 6",
                "UPDATE audit_log SET sequence = sequence - 1 WHERE sequence > 6",
            ],
            "replaced",
            6,
        ),
        (SWAP, "replaced", 5),
        ([SHIFT, SHIFT_BACK, INSERT.format(id="new", sequence=6, hash="hash")], "replaced", 6),
        ([SHIFT, SHIFT_BACK, INSERT.format(id="new", sequence=6, hash="''")], "inserted", 6),
        ([INSERT.format(id="new", sequence=12, hash="hash")], "replaced", 12),
        ([INSERT.format(id="new", sequence=12, hash="''")], "inserted", 12),
        ([INSERT.format(id="new", sequence=0, hash="hash")], "inserted", 0),
        ([INSERT.format(id="new", sequence=-7, hash="hash")], "inserted", -7),
        (["UPDATE audit_log SET hash = '' WHERE sequence = 3"], "inserted", 3),
        (["UPDATE audit_log SET hash = 'é' WHERE sequence = 3"], "replaced", 3),
        (
            [
                "DELETE FROM audit_log WHERE sequence > 9",
                "UPDATE audit_chain SET head_sequence = 9,"
                " head_hash = (SELECT hash FROM audit_log WHERE sequence = 9)",
            ],
            "head",
            9,
        ),
        (["UPDATE audit_chain SET head_mac = 'é'"], "head", 11),
        (
            [
                "DELETE FROM audit_log WHERE sequence < 4",
                "UPDATE audit_chain SET anchor_sequence = 3,"
                " anchor_hash = (SELECT hash FROM audit_log WHERE sequence = 4)",
            ],
            "anchor",
            3,
        ),
        (["DELETE FROM audit_chain"], "head", 0),
        (["DELETE FROM audit_chain", "DELETE FROM audit_keys"], "head", 0),
        ([NO_REFERENCES, "DELETE FROM audit_keys"], "head", 11),
    ],
)
async def test_every_kind_of_tampering_is_found(
    tmp_path: Path, statements: list[str], fault: str, sequence: int
) -> None:
    # The key is in the memory of the process that wrote; who verifies later has to open it.
    async with world(tmp_path) as made:
        await made.record(10)
        made.tamper(*statements)
    async with world(tmp_path, prepared=False) as later:
        finding = (await later.verify()).finding
        assert finding is not None
        assert (finding.fault, finding.sequence) == (fault, sequence)


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM audit_log WHERE sequence > 9"],
        [
            "DELETE FROM audit_log WHERE sequence > 9",
            "UPDATE audit_chain SET head_sequence = 9, head_hash = (SELECT hash FROM audit_log WHERE sequence = 9)",
        ],
        ["DELETE FROM audit_chain"],
        [INSERT.format(id="new", sequence=12, hash="hash")],
        [INSERT.format(id="new", sequence=12, hash="''")],
        ["UPDATE audit_chain SET head_sequence = 40"],
    ],
)
async def test_rows_that_follow_do_not_cover_tampering_up(tmp_path: Path, statements: list[str]) -> None:
    async with world(tmp_path) as made:
        await made.record(10)
        made.tamper(*statements)
        await made.record(6)
        assert len(await made.rows("SELECT 1 FROM audit_log WHERE actor_name = 'admin'")) >= 14
        assert not (await made.verify()).ok
    async with world(tmp_path) as again:
        await again.record(1)
        assert not (await again.verify()).ok


async def test_a_key_of_ones_own_does_not_help(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(2)
    other = MasterKey(b"e" * 32)
    async with world(tmp_path, sealer=other, prepared=False) as eve:
        with pytest.raises(NimbusError):
            await eve.record(1)
        with pytest.raises(NimbusError):
            await eve.verify()


async def test_rows_from_before_the_chain_are_its_first_part(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made:
        before = AuditLog(made.clock)
        for number in range(10):
            await made.database.write(lambda tx, number=number: write_row(before, tx, number))  # type: ignore[misc]
        assert (await made.verify()).ok
        await made.database.write(made.audit.prepare)
        await made.database.write(made.audit.prepare)
        verdict = await made.verify()
        assert (verdict.ok, verdict.count) == (True, 11)
        [(told,)] = await made.rows("SELECT diff FROM audit_log WHERE action = 'audit_log.begin'")
        assert '"rows_from_before":10' in told
        made.tamper("UPDATE audit_log SET outcome = 'denied' WHERE sequence = 2")
        finding = (await made.verify()).finding
        assert isinstance(finding, Finding)
        assert (finding.fault, finding.sequence) == ("altered", 2)


async def test_a_first_use_that_is_undone_leaves_no_wrong_key_behind(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made:

        def undone(tx: Transaction) -> None:
            write_row(made.audit, tx)
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await made.database.write(undone)
        await made.record(2)
        verdict = await made.verify()
        assert (verdict.ok, verdict.count) == (True, 3)


async def test_the_master_key_changes_and_the_chain_goes_on(tmp_path: Path) -> None:
    class Both:
        """The new key seals, both open: as while the master key is rotated."""

        def seal(self, plaintext: str, context: str) -> str:
            return fresh.seal(plaintext, context)

        def open(self, sealed: str, context: str) -> str:
            key = fresh if sealed.startswith(fresh.key_id) else SEALER
            return key.open(sealed, context)

    fresh = MasterKey(b"n" * 32)
    async with world(tmp_path) as made:
        await made.record(3)
        audit = AuditLog(made.clock, Both())
        assert await made.database.write(lambda tx: reseal(tx, "audit_keys", SEALER, fresh)) == 1
        await made.record(1)  # with the key that it has in memory
        await made.database.write(lambda tx: write_row(audit, tx))
        assert (await made.verify()).ok
    async with world(tmp_path, sealer=fresh) as later:
        await later.record(1)
        verdict = await later.verify()
        assert (verdict.ok, verdict.count) == (True, 7)


async def test_rows_are_written_while_it_is_verified(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(30)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(made.record, 30)
            for _ in range(5):
                assert (await made.verify()).ok
        verdict = await made.verify()
        assert (verdict.ok, verdict.last) == (True, 61)


_PROCESS = """
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from tests.kit.clock import SettableClock
from tests.nimbus.records.audit.world import SEALER, write_row
from nimbus.records.audit.service import AuditLog
from nimbus.db.database import write_once
from nimbus.records.event_log.recorder import record_changes

audit = AuditLog(SettableClock(), SEALER)
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    at = sys.argv[1]
    place = at if at.startswith("postgresql:") else Path(at)
    write_once(place, lambda tx: write_row(audit, tx, number), before_commit=record_changes)
"""


async def test_two_processes_record_at_once(tmp_path: Path) -> None:
    async with world(tmp_path, prepared=False) as made:
        others = [
            subprocess.Popen(
                [sys.executable, "-c", _PROCESS, str(made.location), "40"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=Path(__file__).parents[4],
                text=True,
            )
            for _ in range(2)
        ]
        try:
            for other in others:
                assert other.stdout is not None
                assert other.stdin is not None
                await trio.to_thread.run_sync(other.stdout.readline)
                other.stdin.write("go\n")
                other.stdin.flush()
            await made.record(40)
            for other in others:
                assert await trio.to_thread.run_sync(lambda other=other: other.wait(60)) == 0  # type: ignore[misc]
        finally:
            for other in others:
                other.kill()
                other.communicate()
        verdict = await made.verify()
        assert (verdict.ok, verdict.count) == (True, 121)
        sequences = [number for (number,) in await made.rows("SELECT sequence FROM events ORDER BY sequence")]
        assert sequences == list(range(1, 122))


def test_one_write_without_a_control_plane_tells_its_events_too(tmp_path: Path) -> None:
    plain_session(tmp_path).close()
    audit = AuditLog(SettableClock(), SEALER)
    write_once(place(tmp_path), lambda tx: write_row(audit, tx), before_commit=record_changes)
    kinds = write_once(
        place(tmp_path), lambda tx: [row[0] for row in tx.all("SELECT kind FROM events ORDER BY sequence")]
    )
    assert kinds == ["audit_log.begin", "node.update"]


async def test_retention_leaves_a_chain_that_holds(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(9)
        made.clock.advance(86_400 * 10)
        await made.record(3)
        assert await made.retention(0).prune() == 0
        assert await made.retention(30).prune() == 0
        assert await made.retention(5).prune() == 10
        verdict = await made.verify()
        # Three that are young, and one for each batch of four that went.
        assert (verdict.ok, verdict.first, verdict.count, verdict.pruned_through) == (True, 11, 6, 10)
        told = await made.rows("SELECT diff, outcome FROM audit_log WHERE action = 'audit_log.prune'")
        assert len(told) == 3
        assert all(outcome == "ok" for _diff, outcome in told)
        assert await made.retention(5).prune() == 0
        made.tamper("DELETE FROM audit_log WHERE sequence = 11")
        finding = (await made.verify()).finding
        assert finding is not None
        assert (finding.fault, finding.sequence) == ("removed", 11)


async def test_a_clock_that_is_far_ahead_at_a_start_takes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also at the next start under the same clock, and not when it was set right again."""
    async with world(tmp_path) as made:
        for _day in range(8):
            await made.record(1)
            made.clock.advance(86_400)
        made.clock.advance(86_400 * 3650)
        for _start in range(3):
            assert await made.retention(5).prune_if_due() == 0
            await made.record(2)
            made.clock.advance(3600)
        assert "no row of the last days" in caplog.text
        assert (await made.verify()).count == 1 + 8 + 6
        made.clock.advance(-86_400 * 3650 - 3 * 3600)
        # Right again: what is old goes, and no more.
        assert await made.retention(5).prune_if_due() == 4
        assert (await made.verify()).ok


async def test_a_clock_that_has_gone_for_a_day_is_believed(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(3)
        made.clock.advance(86_400 * 10)
        # After a pause, say: nothing vouches for it yet.
        assert await made.retention(5).prune_if_due() == 0
        await made.record(1)
        made.clock.advance(19 * 3600)
        assert await made.retention(5).prune_if_due() == 0
        made.clock.advance(2 * 3600)
        assert await made.retention(0).prune_if_due() == 0
        assert await made.retention(5).prune_if_due() == 4


async def test_it_looks_at_the_start_and_once_a_day(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as made, trio.open_nursery() as nursery:
        retention, looked = made.retention(5), trio.Event()
        times: list[float] = []

        async def prune_if_due() -> int:
            times.append(trio.current_time())
            if len(times) == 3:
                looked.set()
            if len(times) == 2:
                raise OSError("the disk is busy")
            return 0

        monkeypatch.setattr(retention, "prune_if_due", prune_if_due)
        nursery.start_soon(retention.run)
        await looked.wait()
        assert [round(at - times[0]) for at in times] == [0, 86_400, 2 * 86_400]
        nursery.cancel_scope.cancel()


async def test_everything_may_be_too_old(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(3)
        made.clock.advance(86_400 * 10)
        assert await made.retention(5).prune() == 4
        verdict = await made.verify()
        assert (verdict.ok, verdict.count) == (True, 1)
        await made.record(1)
        assert (await made.verify()).ok


async def test_age_does_not_wash_tampering_away(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(9)
        made.tamper("UPDATE audit_log SET actor_name = 'somebody else' WHERE sequence = 3")
        made.clock.advance(86_400 * 10)
        await made.record(1)
        assert await made.retention(5).prune() == 10
        rows = await made.rows(
            "SELECT outcome, diff FROM audit_log WHERE action = 'audit_log.prune' ORDER BY sequence"
        )
        assert [outcome for outcome, _ in rows] == ["failed", "ok", "ok"]
        assert "row 3 was altered" in rows[0][1]
        assert (await made.verify()).ok


async def test_it_is_pruned_while_it_is_verified(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(40)
        made.clock.advance(86_400 * 10)
        await made.record(5)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(made.retention(5).prune)
            for _ in range(10):
                assert (await made.verify()).ok


async def test_what_is_next_is_pruned_between_two_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as made:
        await made.record(20)
        made.clock.advance(86_400 * 10)
        await made.record(5)
        real = made.database.read
        steps = 0

        async def read(work: Callable[[Transaction], Any]) -> Any:
            nonlocal steps
            value = await real(work)
            steps += 1
            if steps == 1:
                assert await made.retention(5).prune() == 21
            return value

        monkeypatch.setattr(made.database, "read", read)
        verdict = await made.verify()
        assert (verdict.ok, verdict.first, verdict.pruned_through) == (True, 22, 21)
