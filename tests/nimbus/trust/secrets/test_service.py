from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Any

import pytest

from nimbus.kernel.access import SYSTEM, Permission
from nimbus.kernel.errors import Conflict, Forbidden, NotFound, PreconditionFailed, ValidationError
from nimbus.kernel.ids import new_id
from nimbus.kernel.routing import Target
from nimbus.trust.secrets.master_key import MasterKeyUnusable
from nimbus.trust.secrets.records import (
    NewSecretValue,
    SecretDeleteQuery,
    SecretPatch,
    SecretQuery,
    SecretRequest,
    SecretRollback,
    SecretValue,
    SecretValueView,
    Use,
)
from tests.kit.records import ADMIN, STRANGER
from tests.nimbus.trust.secrets.world import VALUE, World, holder, world

P = Permission
USE = Use("instance", "11111111-1111-4111-8111-111111111111", "environment.PASSWORD")


async def other_workspace(w: World) -> str:
    """Of another organization."""
    workspace = new_id()

    def insert(tx: Any) -> None:
        tx.execute("INSERT INTO organizations (id, name, created_at) VALUES ('o-2', 'globex', 0)")
        tx.execute(
            "INSERT INTO workspaces (id, organization_id, name, created_at) VALUES (?, 'o-2', 'web', 0)",
            (workspace,),
        )

    await w.database.write(insert)
    return workspace


async def test_a_secret_is_kept_shown_without_its_value_and_revealed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.create("DB-Password", description="of the shop", labels={"app": "shop"})
        assert (made.name, made.workspace, made.version, made.revision) == (
            "db-password",
            "default/default",
            1,
            1,
        )
        assert (made.created_by, made.last_read_at, made.references) == ("admin", None, ())
        assert await w.secrets.show(ADMIN, Target(made.id)) == made
        for reference in ("db-password", "DB-PASSWORD", made.id, made.id.upper()):
            assert (await w.secrets.show(ADMIN, Target(reference))).id == made.id
            assert (await w.secrets.reveal(ADMIN, Target(reference))).value == VALUE
        shown = await w.secrets.show(ADMIN, Target(made.id))
        assert shown.last_read_at is not None
        assert shown.revision == 1
        with pytest.raises(Conflict, match="db-password"):
            await w.create("db-password")


async def test_a_reading_is_audited_before_the_value_goes_out(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.create()
        await w.secrets.reveal(ADMIN, Target(made.id))
        rows = await w.rows("SELECT action, resource_id, workspace_id, diff FROM audit_log ORDER BY sequence")
        assert rows[-1] == ("secret.reveal", made.id, w.workspace.id, '{"before":{},"after":{"version":1}}')

        def refuse(*_: object, **__: object) -> None:
            raise OSError("the disk is gone")

        w.audit.record = refuse  # type: ignore[method-assign]
        with pytest.raises(OSError, match="gone"):
            await w.secrets.reveal(ADMIN, Target(made.id))


async def test_the_last_five_versions_are_kept_and_a_rollback_is_a_new_one(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.create("s", "value 1")
        target = Target("s")
        for number in range(2, 8):
            view = await w.secrets.set_value(ADMIN, target, NewSecretValue(f"value {number}"))
            assert (view.version, view.revision) == (number, number)
        assert [one.version for one in await w.secrets.versions(ADMIN, target)] == [7, 6, 5, 4, 3]
        assert (await w.secrets.reveal(ADMIN, target, 3)).value == "value 3"
        for gone in (1, 2, 8):
            with pytest.raises(NotFound, match=f"no version {gone}"):
                await w.secrets.reveal(ADMIN, target, gone)
        assert (await w.secrets.rollback(ADMIN, target, SecretRollback())).version == 8
        assert (await w.secrets.reveal(ADMIN, target)).value == "value 6"
        await w.secrets.rollback(ADMIN, target, SecretRollback(4))
        newest = (await w.secrets.versions(ADMIN, target))[0]
        assert (newest.version, newest.current, newest.restored_from) == (9, True, 4)
        assert (await w.secrets.reveal(ADMIN, target)).value == "value 4"
        with pytest.raises(Conflict, match="current"):
            await w.secrets.rollback(ADMIN, target, SecretRollback(9))
        with pytest.raises(NotFound):
            await w.secrets.rollback(ADMIN, target, SecretRollback(1))


async def test_the_same_value_is_a_new_version_too(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.create("s", "guess")
        for number, guess in enumerate(("guess", "other"), start=2):
            view = await w.secrets.set_value(ADMIN, Target("s"), NewSecretValue(guess))
            assert (view.version, view.revision) == (number, number)


async def test_bytes_come_back_as_they_were(tmp_path: Path) -> None:
    content = bytes(range(256))
    async with world(tmp_path) as w:
        view = await w.create("s", base64.b64encode(content).decode(), encoding="base64")
        assert view.encoding == "base64"
        shown = await w.secrets.reveal(ADMIN, Target("s"))
        assert base64.b64decode(shown.value) == content
        assert (await w.secrets.set_value(ADMIN, Target("s"), NewSecretValue("text"))).encoding == "text"
        assert (await w.secrets.rollback(ADMIN, Target("s"), SecretRollback())).encoding == "base64"


async def test_a_change_is_checked_and_counted(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.create("a", labels={"x": "1", "y": "2"})
        await w.create("b")
        patch = SecretPatch(name="c", description="new", labels={"x": None, "z": "3"})
        view = await w.secrets.change(ADMIN, Target("a"), patch)
        assert (view.name, view.description, view.labels, view.revision, view.version) == (
            "c",
            "new",
            {"y": "2", "z": "3"},
            2,
            1,
        )
        with pytest.raises(Conflict):
            await w.secrets.change(ADMIN, Target("c"), SecretPatch(name="b"))
        for change in (
            w.secrets.change(ADMIN, Target("c", if_match=1), SecretPatch(description="x")),
            w.secrets.set_value(ADMIN, Target("c", if_match=1), NewSecretValue("x")),
            w.secrets.rollback(ADMIN, Target("c", if_match=1), SecretRollback()),
            w.secrets.delete(ADMIN, Target("c", if_match=1), SecretDeleteQuery()),
        ):
            with pytest.raises(PreconditionFailed):
                await change
        assert (await w.secrets.show(ADMIN, Target("c"))).revision == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "master-key"},
        {"name": "no spaces"},
        {"name": "раssword"},
        {"name": "../../etc"},
        {"name": new_id()},
        {"labels": {"a b": "c"}},
        {"description": "two\nlines"},
        {"value": ""},
        {"value": "x", "encoding": "base64"},
    ],
)
async def test_what_is_no_secret_is_refused_and_nothing_is_written(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    async with world(tmp_path) as w:
        with pytest.raises(ValidationError):
            await w.secrets.create(ADMIN, SecretRequest(**{"name": "s", "value": VALUE, **fields}))
        assert (
            await w.rows(
                "SELECT 1 FROM secrets UNION ALL SELECT 1 FROM audit_log WHERE action LIKE 'secret%'"
            )
            == []
        )


async def test_lists_have_what_may_be_read_and_count_no_more(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        other = await other_workspace(w)
        for number in range(3):
            await w.create(f"s{number}", labels={"n": str(number)})
        await w.create("foreign", workspace=other)

        async def names(actor: Any, workspace: str = "", **query: Any) -> tuple[list[str], int]:
            found, total = await w.secrets.list(actor, SecretQuery(**query), workspace)
            return [one.name for one in found], total

        assert await names(ADMIN) == (["foreign", "s0", "s1", "s2"], 4)
        assert await names(holder(other, P.SECRET_READ)) == (["foreign"], 1)
        assert await names(holder(w.workspace.id, P.SECRET_READ)) == (["s0", "s1", "s2"], 3)
        assert await names(ADMIN, "globex/web") == (["foreign"], 1)
        assert await names(ADMIN, label="n=1") == (["s1"], 1)
        assert await names(ADMIN, name="S2") == (["s2"], 1)
        assert await names(ADMIN, sort="-name", per_page=2) == (["s2", "s1"], 4)
        with pytest.raises(NotFound):
            await names(holder(other, P.SECRET_READ), "default/default")
        with pytest.raises(Forbidden):
            await names(STRANGER)


async def test_each_door_asks_for_its_permission_and_tells_strangers_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        other = await other_workspace(w)
        made = await w.create("s")
        doors: dict[Permission, Any] = {
            P.SECRET_READ: lambda actor, target: w.secrets.show(actor, target),
            P.SECRET_REVEAL: lambda actor, target: w.secrets.reveal(actor, target),
            P.SECRET_WRITE: lambda actor, target: w.secrets.set_value(actor, target, NewSecretValue("x")),
            P.SECRET_DELETE: lambda actor, target: w.secrets.delete(actor, target, SecretDeleteQuery()),
        }
        for permission, door in doors.items():
            every_other = [one for one in doors if one is not permission]
            for reference in (made.id, "s"):
                for blind in (holder(w.workspace.id, permission), holder(other, *doors)):
                    if permission is not P.SECRET_READ or blind.access.workspaces.keys() == {other}:
                        with pytest.raises(NotFound):
                            await door(blind, Target(reference))
                with pytest.raises(Forbidden, match=permission.value):
                    await door(holder(w.workspace.id, *every_other), Target(reference))
            await door(holder(w.workspace.id, P.SECRET_READ, permission), Target("s"))
        for door in (
            w.secrets.change(STRANGER, Target("s"), SecretPatch()),
            w.secrets.rollback(STRANGER, Target("s"), SecretRollback()),
            w.secrets.versions(STRANGER, Target("s")),
            w.secrets.create(holder(other, *doors), SecretRequest("x", "y", workspace="default/default")),
        ):
            with pytest.raises((Forbidden, NotFound)):
                await door


async def test_what_is_used_is_not_deleted(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.create("s")
        kept = await w.database.write(lambda tx: w.secrets.refer(tx, ADMIN, w.workspace.id, "s", USE))
        assert kept == made.id
        await w.database.write(lambda tx: w.secrets.refer(tx, ADMIN, w.workspace.id, made.id, USE))
        assert (await w.secrets.show(ADMIN, Target("s"))).references == (USE,)
        with pytest.raises(Conflict, match=f"instance {USE.resource_id}") as raised:
            await w.secrets.delete(ADMIN, Target("s"), SecretDeleteQuery())
        assert raised.value.details == [
            {"field": "instance.environment.PASSWORD", "message": USE.resource_id}
        ]
        with pytest.raises(Forbidden):
            await w.secrets.delete(
                holder(w.workspace.id, P.SECRET_READ), Target("s"), SecretDeleteQuery(force=True)
            )
        await w.secrets.delete(ADMIN, Target("s"), SecretDeleteQuery(force=True))
        assert await w.rows("SELECT 1 FROM secret_references UNION ALL SELECT 1 FROM secret_versions") == []


async def test_a_released_secret_can_be_deleted(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.create("s")
        others = Use(USE.resource_kind, USE.resource_id, "other")
        for use in (USE, others):
            await w.database.write(
                lambda tx, use=use: w.secrets.refer(tx, ADMIN, w.workspace.id, "s", use)  # type: ignore[misc]
            )
        await w.database.write(lambda tx: w.secrets.release(tx, "instance", USE.resource_id, "other"))
        assert (await w.secrets.show(ADMIN, Target("s"))).references == (USE,)
        await w.database.write(lambda tx: w.secrets.release(tx, "instance", USE.resource_id))
        await w.secrets.delete(ADMIN, Target("s"), SecretDeleteQuery())


async def test_a_value_opens_for_what_uses_it_only(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        made = await w.create("s")
        with pytest.raises(NotFound):
            await w.database.write(lambda tx: w.secrets.open_for(tx, SYSTEM, made.id, USE))
        await w.database.write(lambda tx: w.secrets.refer(tx, ADMIN, w.workspace.id, "s", USE))
        value = await w.database.write(lambda tx: w.secrets.open_for(tx, SYSTEM, made.id, USE))
        assert value.value == VALUE
        rows = await w.rows("SELECT action, actor_name, diff FROM audit_log ORDER BY sequence")
        assert rows[-1][:2] == ("secret.use", "system")
        assert USE.resource_id in rows[-1][2]
        assert (await w.secrets.show(ADMIN, Target("s"))).last_read_at is not None


async def test_a_secret_of_another_workspace_cannot_be_used(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        other = await other_workspace(w)
        foreign = await w.create("foreign", workspace=other)
        for reference in ("foreign", foreign.id):
            with pytest.raises(NotFound):
                await w.database.write(
                    lambda tx, r=reference: w.secrets.refer(tx, ADMIN, w.workspace.id, r, USE)  # type: ignore[misc]
                )


async def test_a_workspace_goes_with_its_secrets(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        await w.create("a")
        await w.create("b")
        names = await w.database.read(lambda tx: w.secrets.names_in_workspace(tx, w.workspace.id))
        assert names == ["a", "b"]
        await w.database.write(lambda tx: w.secrets.remove_all_of_workspace(tx, ADMIN, w.workspace.id))
        assert await w.rows("SELECT 1 FROM secrets") == []
        rows = await w.rows("SELECT resource_name FROM audit_log WHERE action = 'secret.delete'")
        assert sorted(row[0] for row in rows) == ["a", "b"]


async def test_a_value_moved_to_another_record_does_not_open(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        one, two = await w.create("one", "1"), await w.create("two", "2")
        await w.database.write(
            lambda tx: tx.execute(
                "UPDATE secret_versions SET sealed_value ="
                " (SELECT sealed_value FROM secret_versions WHERE secret_id = ?) WHERE secret_id = ?",
                (one.id, two.id),
            )
        )
        with pytest.raises(MasterKeyUnusable, match=w.keyring.key_id):
            await w.secrets.reveal(ADMIN, Target("two"))


async def test_the_value_is_nowhere_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Not in logs, in the audit log, in events, in the files, in what is printed of the types."""
    with caplog.at_level(logging.DEBUG):
        async with world(tmp_path) as w:
            await w.create("s")
            await w.secrets.set_value(ADMIN, Target("s"), NewSecretValue(VALUE + "!"))
            await w.secrets.rollback(ADMIN, Target("s"), SecretRollback())
            shown = await w.secrets.reveal(ADMIN, Target("s"))
            await w.secrets.delete(ADMIN, Target("s"), SecretDeleteQuery())
            await w.create("t")
            events = repr(w.bus.published)
    printed = " ".join(
        repr(one)
        for one in (shown, SecretRequest("s", VALUE), NewSecretValue(VALUE), SecretValue(1, "text", VALUE))
    )
    assert isinstance(shown, SecretValueView)
    assert events.count("secret.") == 6
    assert VALUE not in printed + caplog.text + events
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert VALUE.encode() not in file.read_bytes(), file
            assert base64.b64encode(VALUE.encode())[:20] not in file.read_bytes(), file
