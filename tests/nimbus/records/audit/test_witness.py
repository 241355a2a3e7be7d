"""The log's own end is cut off, with the note of it put back: what is known outside the database notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from nimbus.records.audit.records import Fault
from nimbus.records.audit.service import AuditLog
from nimbus.records.audit.witness import Witness
from tests.nimbus.records.audit.world import SEALER, World, world


async def keep(w: World) -> list[str]:
    """What puts the log back to how it is now."""
    [(sequence, hash_, mac)] = await w.rows("SELECT head_sequence, head_hash, head_mac FROM audit_chain")
    return [
        f"DELETE FROM audit_log WHERE sequence > {sequence}",
        f"UPDATE audit_chain SET head_sequence = {sequence}, head_hash = '{hash_}', head_mac = '{mac}'",
    ]


def witness(w: World, file: Path | None = None, generation: int = 1) -> Witness:
    made = Witness(w.database, w.audit, file, generation)
    made.subscribe(w.bus)
    return made


async def restarted(w: World, file: Path, generation: int = 1) -> None:
    w.audit = AuditLog(w.clock, SEALER)
    w.verifier._audit = w.audit
    await witness(w, file, generation).load()


async def actions(w: World) -> list[str]:
    return [str(action) for (action,) in await w.rows("SELECT action FROM audit_log ORDER BY sequence")]


async def test_the_end_that_is_cut_off_under_the_running_server_is_noticed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        looking = witness(w)
        await w.record(3)
        put_back = await keep(w)
        await w.record(2)
        await looking.look()
        w.tamper(*put_back)
        # Before anything else is written,
        verdict = await w.verify()
        assert verdict.finding is not None
        assert (verdict.finding.fault, verdict.finding.sequence) == (Fault.REMOVED, w_first(put_back))
        # by the next row,
        await w.record()
        assert (await actions(w))[-2:] == ["audit_log.cut", "node.update"]
        for _ in range(2):
            verdict = await w.verify()
            assert verdict.finding is not None
            assert verdict.finding.fault is Fault.REMOVED
            assert "were removed" in verdict.finding.message
        # and it is said once.
        await looking.look()
        await w.record()
        assert (await actions(w)).count("audit_log.cut") == 1


def w_first(put_back: list[str]) -> int:
    return int(put_back[0].rpartition(" ")[2]) + 1


async def test_a_look_notices_too_where_nobody_writes(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        looking = witness(w)
        put_back = await keep(w) if await w.rows("SELECT 1 FROM audit_chain") else []
        await w.record(2)
        put_back = put_back or await keep(w)
        await w.record(2)
        await looking.look()
        w.tamper(*put_back)
        await looking.look()
        assert (await actions(w))[-1] == "audit_log.cut"


async def test_the_end_that_was_cut_off_while_it_was_stopped_is_noticed_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "audit-witness.json"
    async with world(tmp_path) as w:
        await w.record(3)
        put_back = await keep(w)
        await w.record(2)
        await witness(w, file).look()
        assert file.stat().st_mode & 0o777 == 0o600
        w.tamper(*put_back)
        await restarted(w, file)
        assert (await actions(w))[-1] == "audit_log.cut"
        verdict = await w.verify()
        assert (verdict.ok, verdict.finding is not None) == (False, True)
        # Again, with nothing new: once.
        await restarted(w, file)
        assert (await actions(w)).count("audit_log.cut") == 1


async def test_a_copy_that_was_put_back_on_purpose_goes_on_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "audit-witness.json"
    async with world(tmp_path) as w:
        await w.record(3)
        put_back = await keep(w)
        await w.record(2)
        await witness(w, file).look()
        w.tamper(*put_back)
        await restarted(w, file, generation=2)
        assert (await actions(w))[-1] == "audit_log.restored"
        assert (await w.verify()).ok
        await restarted(w, file, generation=2)
        assert (await actions(w)).count("audit_log.restored") == 1


@pytest.mark.parametrize("change", ["sequence", "key"])
async def test_a_file_that_was_altered_is_noticed(tmp_path: Path, change: str) -> None:
    file = tmp_path / "audit-witness.json"
    async with world(tmp_path) as w:
        await w.record(3)
        await witness(w, file).look()
        content = file.read_text()
        if change == "sequence":
            file.write_text(content.replace('"sequence":', '"sequence":9'))
        else:
            file.write_text(content.replace('"key_id":"', '"key_id":"x'))
        await restarted(w, file)
        assert (await actions(w))[-1] == "audit_log.cut"
        assert (await w.verify()).ok


@pytest.mark.parametrize("content", [b"", b"nonsense", b"{}"])
async def test_a_file_that_says_nothing_is_written_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "audit-witness.json"
    file.write_bytes(content)
    async with world(tmp_path) as w:
        await w.record(2)
        await restarted(w, file)
        assert b"sequence" in file.read_bytes()
        assert "audit_log.cut" not in await actions(w)


async def test_what_was_undone_is_not_known(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        looking = witness(w)
        await w.record(2)
        await looking.look()

        def undone(tx: object) -> None:
            w._row(9, w_actor(), {}, tx)  # type: ignore[arg-type]
            raise RuntimeError("undone")

        with pytest.raises(RuntimeError):
            await w.database.write(undone)
        await looking.look()
        await w.record(2)
        assert (await w.verify()).ok
        assert "audit_log.cut" not in await actions(w)


def w_actor() -> object:
    from tests.kit.records import ADMIN

    return ADMIN
