from __future__ import annotations

import logging
from pathlib import Path

import pytest
import trio

from nimbus.db import Transaction
from nimbus.kernel.access import Access, Actor, Permission
from nimbus.kernel.errors import Conflict, Forbidden
from nimbus.kernel.routing import Target
from nimbus.trust.secrets import reencryption
from nimbus.trust.secrets.key_file import KeyFile, KeyFileReadOnly
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.master_key import MasterKey
from nimbus.trust.secrets.records import MasterKeyState, NewSecretValue
from tests.kit.polling import eventually_so
from tests.kit.records import ADMIN, STRANGER
from tests.nimbus.trust.secrets.world import VALUE, World, world


async def fill(world: World, count: int = 10) -> None:
    for number in range(count):
        await world.create(f"secret-{number}", f"{VALUE} {number}")


def in_file(world: World) -> list[str]:
    return [key.key_id for key in KeyFile(world.key_file).read()]


async def test_a_rotation_reaches_every_value_and_the_old_key_leaves(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await fill(w)
        before, values = w.keyring.key_id, await w.values()
        status = await w.master_keys.rotate(ADMIN)
        assert status.state is MasterKeyState.REENCRYPTING
        assert status.values_left == status.values == len(values)
        assert status.primary != before
        assert in_file(w) == [status.primary, before]
        assert await w.values() == values
        await w.reencryption.converge()
        assert await w.values() == values
        assert await w.key_ids_in_use() == {status.primary}
        assert in_file(w) == [status.primary]
        done = await w.master_keys.status(ADMIN)
        assert (done.state, done.values_left, done.note) == (MasterKeyState.CURRENT, 0, "")
        assert [(key.key_id, key.primary, key.values) for key in done.keys] == [
            (status.primary, True, len(values))
        ]
        rows = await w.rows(
            "SELECT action, actor_name, resource_id FROM audit_log WHERE resource_kind = 'master_key'"
            " ORDER BY sequence"
        )
        assert rows == [
            ("master_key.adopt", "system", before),
            ("master_key.rotate", "admin", status.primary),
            ("master_key.retire", "system", before),
        ]


async def test_the_running_reconciler_notes_keys_and_works_by_itself(tmp_path: Path) -> None:
    async with world(tmp_path) as w, trio.open_nursery() as nursery:
        await fill(w, 4)
        first = w.keyring.key_id
        nursery.start_soon(w.reencryption.run)

        async def noted() -> bool:
            return bool(await w.rows("SELECT 1 FROM master_keys WHERE key_id = ?", first))

        await eventually_so(noted, "the first key is noted")
        second = (await w.master_keys.rotate(ADMIN)).primary

        async def retired() -> bool:
            return in_file(w) == [second]

        await eventually_so(retired, "the old key has left the file")

        async def recorded() -> bool:
            rows = await w.rows(
                "SELECT action, actor_name, resource_id FROM audit_log WHERE resource_kind = 'master_key'"
                " ORDER BY sequence"
            )
            return rows == [
                ("master_key.adopt", "system", first),
                ("master_key.rotate", "admin", second),
                ("master_key.retire", "system", first),
            ]

        await eventually_so(recorded, "all of it is in the audit log")
        nursery.cancel_scope.cancel()


async def test_the_new_key_is_in_the_file_before_anything_is_sealed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as w:
        await fill(w, 2)
        promoted: list[tuple[str, list[str]]] = []
        promote = Keyring.promote

        def noted(keyring: Keyring, key_id: str) -> None:
            promoted.append((key_id, in_file(w)))
            promote(keyring, key_id)

        monkeypatch.setattr(Keyring, "promote", noted)
        status = await w.master_keys.rotate(ADMIN)
        [(key_id, present)] = promoted
        assert key_id == status.primary == present[0]


async def test_of_two_rotations_at_once_one_wins(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await fill(w, 2)
        outcomes: list[str] = []

        async def rotate() -> None:
            try:
                outcomes.append((await w.master_keys.rotate(ADMIN)).primary)
            except Conflict as error:
                outcomes.append(error.code)

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(rotate)
        assert sorted(outcomes)[1:] == ["CONFLICT", "CONFLICT"] or outcomes.count("CONFLICT") == 2
        with pytest.raises(Conflict, match="under way"):
            await w.master_keys.rotate(ADMIN)
        assert len(in_file(w)) == 2
        await w.reencryption.converge()
        await w.master_keys.rotate(ADMIN)


async def test_a_value_that_changes_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of a batch and its exchange somebody writes: with the old key, as in another process."""
    async with world(tmp_path) as w:
        await fill(w, 5)
        old = w.keyring.key_id
        await w.master_keys.rotate(ADMIN)
        [old_key] = [key for key in KeyFile(w.key_file).read() if key.key_id == old]
        exchanged = reencryption._exchanged
        meddled: list[str] = []

        def meddling(tx: Transaction, column: object, exchanges: list[object]) -> int:
            if exchanges and not meddled and column.table == "secret_versions":  # type: ignore[attr-defined]
                secret_id, version = exchanges[0].key  # type: ignore[attr-defined]
                sealed = old_key.seal("newer", f"secret:{secret_id}:{version}:text")
                tx.execute(
                    "UPDATE secret_versions SET sealed_value = ? WHERE secret_id = ?", (sealed, secret_id)
                )
                meddled.append(secret_id)
            return exchanged(tx, column, exchanges)  # type: ignore[arg-type]

        monkeypatch.setattr(reencryption, "_exchanged", meddling)
        await w.reencryption.converge()
        values = await w.values()
        assert values[f"secret_versions.sealed_value:{meddled[0]}/1"] == "newer"
        assert len(values) == 6
        assert await w.key_ids_in_use() == {w.keyring.key_id}


async def test_changes_while_it_runs_are_all_there_at_the_end(tmp_path: Path) -> None:
    async with world(tmp_path, batch=1) as w:
        await fill(w, 6)
        async with trio.open_nursery() as nursery:
            for turn in range(3):
                await w.master_keys.rotate(ADMIN)
                nursery.start_soon(w.reencryption.converge)
                for number in range(6):
                    await w.secrets.set_value(
                        ADMIN, Target(f"secret-{number}"), NewSecretValue(f"turn {turn} {number}")
                    )
                await w.reencryption.converge()
        for number in range(6):
            shown = await w.secrets.reveal(ADMIN, Target(f"secret-{number}"))
            assert (shown.value, shown.version) == (f"turn 2 {number}", 4)
        assert await w.key_ids_in_use() == {w.keyring.key_id}
        assert in_file(w) == [w.keyring.key_id]


async def test_values_that_do_not_open_are_found_without_a_rotation(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two that were swapped on the disk: each is sealed with the primary, for another row."""
    async with world(tmp_path) as w:
        await fill(w, 3)

        def swap(tx: Transaction) -> None:
            (a, b, *_) = tx.all("SELECT secret_id, sealed_value FROM secret_versions ORDER BY secret_id")
            for row, other in ((a, b), (b, a)):
                tx.execute(
                    "UPDATE secret_versions SET sealed_value = ? WHERE secret_id = ?",
                    (other["sealed_value"], row["secret_id"]),
                )

        await w.database.write(swap)
        await w.reencryption.converge()
        status = await w.master_keys.status(ADMIN)
        assert (status.state, status.unreadable, status.values_left) == (MasterKeyState.UNREADABLE, 2, 0)
        assert "set them again" in status.note
        assert caplog.text.count("secret_versions.sealed_value of ") == 2
        await w.master_keys.rotate(ADMIN)
        await w.reencryption.converge()
        status = await w.master_keys.status(ADMIN)
        assert (status.state, status.values_left) == (MasterKeyState.UNREADABLE, 2)


async def test_a_key_stays_for_the_time_of_grace(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    async with world(tmp_path, grace_s=120.0) as w:
        await fill(w, 2)
        old = w.keyring.key_id
        new = (await w.master_keys.rotate(ADMIN)).primary
        wait = await w.reencryption.converge()
        assert 0 < wait <= 120
        assert in_file(w) == [new, old]
        assert (await w.master_keys.status(ADMIN)).state is MasterKeyState.RETIRING
        await trio.sleep(wait)
        await w.reencryption.converge()
        assert in_file(w) == [new]


async def test_a_value_that_comes_late_still_opens_and_is_brought_over(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await fill(w, 2)
        view = await w.create("late")
        sealed = w.keyring.seal("late value", f"secret:{view.id}:1:text")
        await w.master_keys.rotate(ADMIN)
        await w.reencryption.converge()
        assert len(in_file(w)) == 1
        await w.database.write(
            lambda tx: tx.execute(
                "UPDATE secret_versions SET sealed_value = ? WHERE secret_id = ?", (sealed, view.id)
            )
        )
        assert (await w.secrets.reveal(ADMIN, Target("late"))).value == "late value"
        await w.reencryption.converge()
        assert (await w.values())[f"secret_versions.sealed_value:{view.id}/1"] == "late value"


async def test_altered_values_stay_keep_their_key_and_do_not_stop_the_rest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path) as w:
        await fill(w, 8)
        old = w.keyring.key_id
        victim = (await w.secrets.show(ADMIN, Target("secret-3"))).id
        await w.database.write(
            lambda tx: tx.execute(
                "UPDATE secret_versions SET sealed_value = ? WHERE secret_id = ?", (f"{old}.AAAA", victim)
            )
        )
        await w.master_keys.rotate(ADMIN)
        with caplog.at_level(logging.INFO, "nimbus.secrets"):
            await w.reencryption.converge()
        status = await w.master_keys.status(ADMIN)
        assert (status.unreadable, status.values_left) == (1, 1)
        assert status.state is MasterKeyState.UNREADABLE
        assert "1 values were altered" in status.note
        assert in_file(w) == [w.keyring.key_id, old]
        assert victim in caplog.text
        assert VALUE not in caplog.text
        await w.master_keys.rotate(ADMIN)
        await w.reencryption.converge()
        assert in_file(w) == [w.keyring.key_id, old]


async def test_a_read_only_file_is_the_operators_to_change(tmp_path: Path) -> None:
    mounted = tmp_path / "mounted.key"
    old, new = MasterKey(b"o" * 32), MasterKey(b"n" * 32)

    def mount(*keys: MasterKey) -> None:
        mounted.unlink(missing_ok=True)
        mounted.write_bytes(b"".join(key.encoded() + b"\n" for key in keys))
        mounted.chmod(0o400)

    mount(old)
    async with world(tmp_path, named=str(mounted)) as w:
        await fill(w, 4)
        with pytest.raises(KeyFileReadOnly, match=r"mounted\.key") as raised:
            await w.master_keys.rotate(ADMIN)
        assert "first line" in raised.value.next_step
        assert not (await w.master_keys.status(ADMIN)).writable
        values = await w.values()
    mount(new, old)
    async with world(tmp_path, named=str(mounted)) as w, trio.open_nursery() as nursery:
        nursery.start_soon(w.reencryption.run)

        async def brought_over() -> bool:
            return (await w.master_keys.status(ADMIN)).state is MasterKeyState.REMOVE_BY_HAND

        await eventually_so(brought_over, "all is re-encrypted after the restart")
        status = await w.master_keys.status(ADMIN)
        assert status.primary == new.key_id
        assert f"line 2 of {mounted}" in status.note
        assert await w.values() == values
        nursery.cancel_scope.cancel()
    mount(new)
    async with world(tmp_path, named=str(mounted)) as w:
        assert await w.values() == values
        assert (await w.master_keys.status(ADMIN)).state is MasterKeyState.CURRENT


async def test_a_key_that_was_put_there_for_later_stays(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await fill(w, 2)
        later = MasterKey(b"l" * 32)
        w.keyring.file.write([*w.keyring.file.read(), later])
        status = await w.master_keys.rotate(ADMIN)
        await w.reencryption.converge()
        assert in_file(w) == [status.primary, later.key_id]


async def test_a_file_that_cannot_be_written_after_all_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as w:
        await fill(w, 2)
        before = w.keyring.key_ids

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("nimbus.trust.secrets.key_file.write_atomically", full)
        with pytest.raises(KeyFileReadOnly, match="No space left"):
            await w.master_keys.rotate(ADMIN)
        assert w.keyring.key_ids == before
        monkeypatch.undo()
        await w.master_keys.rotate(ADMIN)


async def test_it_takes_the_permission_on_the_whole_control_plane(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        everything = frozenset(Permission)
        owner = Actor(
            "user",
            "u-3",
            "owner",
            Access(
                organizations={w.workspace.organization_id: everything},
                workspaces={w.workspace.id: everything},
            ),
        )
        reader = Actor("user", "u-4", "reader", Access(everywhere=frozenset({Permission.SETTINGS_READ})))
        for actor in (STRANGER, owner):
            with pytest.raises(Forbidden, match="settings:read"):
                await w.master_keys.status(actor)
        for actor in (STRANGER, owner, reader):
            with pytest.raises(Forbidden, match="settings:write"):
                await w.master_keys.rotate(actor)
        assert (await w.master_keys.status(reader)).primary == w.keyring.key_id
        assert len(in_file(w)) == 1
