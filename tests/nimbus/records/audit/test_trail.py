"""Reading the audit log: filters, pages, exports, and that nobody sees or counts what they may not."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nimbus.db import Transaction
from nimbus.db.selection import Selection
from nimbus.http.decoding import decode_query
from nimbus.kernel.access import Actor, Permission
from nimbus.kernel.clock import to_rfc3339
from nimbus.kernel.errors import Forbidden, NotFound
from nimbus.kernel.routing import Target
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.errors import NimbusError
from nimbus.records.audit import store as audit_store
from nimbus.records.audit import trail as audit_trail
from nimbus.records.audit.records import AuditQuery, AuditView, ExportQuery
from tests.kit.lists import rows_of
from tests.kit.records import ADMIN, STRANGER
from tests.nimbus.records.audit.world import World, person, world, write_row

READ = {Permission.AUDIT_READ}


async def names(made: World, reader: Actor = ADMIN, workspace: str = "", **filters: Any) -> list[str]:
    listed = await made.trail.list(reader, AuditQuery(sort="sequence", **filters), workspace)
    found, total = rows_of(listed, AuditView), listed.total
    assert total == len(found)
    return [one.resource.name for one in found if one.action != "audit_log.begin"]


async def filled(made: World) -> None:
    rows: list[dict[str, Any]] = [
        {"workspace_id": "w-1"},
        {"workspace_id": "w-2", "actor": person("bob")},
        {"workspace_id": None, "organization_id": "o-1", "kind": "role", "action": "role.create"},
        {"workspace_id": None, "organization_id": "o-2", "kind": "role", "action": "role.delete"},
        {"workspace_id": None, "action": "settings.update", "kind": "settings"},
        {"workspace_id": "w-1", "outcome": "denied", "action": "node.delete"},
    ]
    for number, row in enumerate(rows):
        await made.database.write(lambda tx, row=row, number=number: write_row(made.audit, tx, number, **row))  # type: ignore[misc]
        made.clock.advance(10)


@pytest.mark.parametrize(
    ("actor", "seen"),
    [
        (ADMIN, "012345"),
        (person(w_1=READ), "05"),
        (person(w_2=READ), "1"),
        (person(w_1=READ, w_2=READ, o_1=READ), "0125"),
        (person(o_2=READ), "3"),
        (person(w_1={Permission.AGENT_READ}, o_1=READ), "2"),
    ],
)
async def test_who_sees_which_rows(tmp_path: Path, actor: Actor, seen: str) -> None:
    async with world(tmp_path) as made:
        await filled(made)
        assert await names(made, actor) == [f"name-{number}" for number in seen]
        everything = rows_of(await made.trail.list(ADMIN, AuditQuery()), AuditView)
        mine = {one.id for one in rows_of(await made.trail.list(actor, AuditQuery()), AuditView)}
        for one in everything:
            if one.id in mine:
                assert (await made.trail.show(actor, Target(one.id.upper()))).id == one.id
            else:
                with pytest.raises(NotFound):
                    await made.trail.show(actor, Target(one.id))
        file, following = await made.trail.export(actor, ExportQuery())
        assert {row["id"] for row in json.loads(file.content)["data"]} == mine
        assert following is None


async def test_who_lacks_it_hears_so(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        for attempt in (
            made.trail.list(STRANGER, AuditQuery()),
            made.trail.show(STRANGER, Target("x")),
            made.trail.export(STRANGER, ExportQuery()),
            made.trail.verification(STRANGER),
            made.trail.head(STRANGER),
            # The whole log is for those who may read the whole of it.
            made.trail.verification(person(w_1=READ)),
            made.trail.head(person(o_1=READ)),
        ):
            with pytest.raises(Forbidden, match="audit:read"):
                await attempt
        tenant = msgspec.structs.replace(ADMIN, access=msgspec.structs.replace(ADMIN.access, tenant="t-1"))
        assert await names(made, tenant) == []
        assert (await made.trail.verification(ADMIN)).ok
        assert (await made.trail.head(ADMIN)).sequence == 1


async def test_filters(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        start = made.clock.now()
        await filled(made)
        everyone = await names(made)
        assert everyone == [f"name-{number}" for number in range(6)]
        cases: list[tuple[dict[str, Any], str]] = [
            ({"actor": "bob"}, "1"),
            ({"actor": "u-bob"}, "1"),
            ({"actor": "bo"}, ""),
            ({"actor_kind": "user"}, "012345"),
            ({"actor_kind": "node"}, ""),
            ({"action": "role.create"}, "2"),
            ({"action": "role.*"}, "23"),
            ({"action": "*", "actor_kind": "user"}, "012345"),
            ({"action": "%"}, ""),
            ({"action": "role.%"}, ""),
            ({"resource_kind": "role"}, "23"),
            ({"resource": "name-4"}, "4"),
            ({"resource": "id-4"}, "4"),
            ({"outcome": "denied"}, "5"),
            ({"since": to_rfc3339(start + 20_000_000)}, "2345"),
            ({"until": to_rfc3339(start + 20_000_000), "actor_kind": "user"}, "01"),
            ({"since": to_rfc3339(start + 10_000_000), "until": to_rfc3339(start + 10_000_001)}, "1"),
            ({"request_id": "nothing"}, ""),
            ({"source": "192.0.2.1"}, ""),
            ({"search": "NAME-3"}, "3"),
            ({"search": "delete  role"}, "3"),
            ({"search": "bob"}, "1"),
            ({"search": "delete", "outcome": "denied"}, "5"),
            ({"search": "%"}, ""),
            ({"search": " ", "actor_kind": "user"}, "012345"),
            ({"search": "node", "until": to_rfc3339(start + 20_000_000)}, "01"),
            ({"resource": "' OR 1=1 --"}, ""),
        ]
        for filters, seen in cases:
            assert await names(made, **filters) == [f"name-{number}" for number in seen], filters


async def test_a_search_looks_at_so_many_of_the_newest_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as made:
        start = made.clock.now()
        await filled(made)
        monkeypatch.setattr(audit_store, "SEARCH_REACH", 3)
        assert await names(made, search="name") == ["name-3", "name-4", "name-5"]
        before = to_rfc3339(start + 20_000_001)
        assert await names(made, search="name", until=before) == ["name-0", "name-1", "name-2"]
        assert (await made.trail.export(ADMIN, ExportQuery(search="name-0")))[0].content.count(b"name-0") == 0
        assert (await made.trail.kept(person(w_1=READ))).oldest_at is None
        assert (await made.trail.kept(ADMIN)).oldest_at == to_rfc3339(start)


@pytest.mark.sqlite
async def test_a_search_goes_along_the_index_and_no_further(tmp_path: Path) -> None:
    def plan(tx: Transaction) -> list[str]:
        chosen = audit_store.searched(tx, Selection(), "web", None)
        counting = f"EXPLAIN QUERY PLAN SELECT COUNT(*) FROM audit_log{chosen._clause()}"
        return [row["detail"] for row in tx.all(counting, chosen._parameters)]

    async with world(tmp_path) as made:
        await filled(made)
        [step] = await made.database.read(plan)
    assert "USING INDEX" in step
    assert "(sequence>? AND sequence<?)" in step


async def test_the_workspace_is_an_id_or_a_name(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        home = await made.database.write(Organizations(made.clock).ensure_default)
        await made.record(1, workspace_id=home.id)
        await made.record(1, workspace_id="w-2")
        for reference in ("default", "default/default", home.id):
            assert await names(made, workspace=reference) == ["name-0"]
        with pytest.raises(NotFound):
            await names(made, workspace="nowhere")
        with pytest.raises(NotFound):
            await names(made, person(w_2=READ), workspace="default")


async def test_pages_and_order(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(5)
        seen: list[int] = []
        for page in (1, 2, 3):
            listed = await made.trail.list(ADMIN, AuditQuery(page=page, per_page=2))
            assert listed.total == 6
            seen += [one.sequence for one in rows_of(listed, AuditView)]
        assert seen == [6, 5, 4, 3, 2, 1]
        for sort in AuditQuery.SORTS:
            up = rows_of(await made.trail.list(ADMIN, AuditQuery(sort=sort)), AuditView)
            down = rows_of(await made.trail.list(ADMIN, AuditQuery(sort=f"-{sort},sequence")), AuditView)
            assert len(up) == len(down) == 6


async def test_a_row_is_shown_in_full(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        await made.record(before={"a": 1, "password": "old"}, after={"a": 2, "password": "new"})
        [row] = rows_of(await made.trail.list(ADMIN, AuditQuery(resource_kind="node")), AuditView)
        shown = await made.trail.show(ADMIN, Target(row.id))
        assert isinstance(shown, AuditView)
        assert (shown.before, shown.after) == ({"a": 1, "password": "***"}, {"a": 2, "password": "***"})
        assert (shown.actor.name, shown.source, shown.outcome) == ("admin", "127.0.0.1", "ok")
        assert shown.at == to_rfc3339(made.clock.now())
        assert len(shown.hash) == 64
        for reference in ("", "x", "../../etc/passwd", "00000000-0000-4000-8000-000000000000"):
            with pytest.raises(NotFound):
                await made.trail.show(ADMIN, Target(reference))


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_exports_go_on_where_they_ended(
    tmp_path: Path, form: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_trail, "EXPORT_BATCH", 4)
    async with world(tmp_path) as made:
        await made.record(20)
        seen: list[int] = []
        after, requests = 0, 0
        while True:
            file, following = await made.trail.export(ADMIN, ExportQuery(format=form, after=after, limit=6))
            requests += 1
            if form == "json":
                told = json.loads(file.content)
                assert told["next"] == following
                seen += [row["sequence"] for row in told["data"]]
            else:
                rows = list(csv.DictReader(io.StringIO(file.content.decode(), newline="")))
                seen += [int(row["sequence"]) for row in rows]
            if following is None:
                break
            after = following
        # Each request but the last had its row written when the next one came.
        assert seen == list(range(1, 21 + requests))
        told = await made.rows("SELECT actor_name, diff FROM audit_log WHERE action = 'audit_log.export'")
        assert len(told) == requests == 5
        assert told[1] == (ADMIN.name, told[1][1])
        after_of = json.loads(told[1][1])["after"]
        assert (after_of["after"], after_of["rows"], after_of["through"], after_of["format"]) == (
            6,
            6,
            12,
            form,
        )
        monkeypatch.setattr(audit_trail, "EXPORT_BYTES", 1)
        file, following = await made.trail.export(ADMIN, ExportQuery(limit=100))
        assert following == 4
        assert len(json.loads(file.content)["data"]) == 4


async def test_what_a_spreadsheet_would_run_is_defused(tmp_path: Path) -> None:
    async with world(tmp_path) as made:
        eve = msgspec.structs.replace(ADMIN, name='=HYPERLINK("http://192.0.2.1","x")')
        await made.database.write(lambda tx: write_row(made.audit, tx, actor=eve, action="@x"))
        file, _ = await made.trail.export(ADMIN, ExportQuery(format="csv", resource_kind="node"))
        [row] = csv.DictReader(io.StringIO(file.content.decode(), newline=""))
        assert row["actor_name"] == "'" + eve.name
        assert row["action"] == "'@x"
        assert row["after"] == '{"x":1}'
        assert file.content_type.startswith("text/csv")
        assert file.file_name == "audit-log.csv"


@pytest.mark.parametrize(
    ("kind", "arguments", "field"),
    [
        (AuditQuery, {"nonsense": "1"}, "nonsense"),
        (AuditQuery, {"page": "-1"}, "page"),
        (AuditQuery, {"page": "x"}, "page"),
        (AuditQuery, {"per_page": "1001"}, "per_page"),
        (AuditQuery, {"since": "nonsense"}, "since"),
        (AuditQuery, {"until": "2026-02-30T00:00:00Z"}, "until"),
        (AuditQuery, {"outcome": "fine"}, "outcome"),
        (AuditQuery, {"sort": "diff"}, "sort"),
        (AuditQuery, {"sort": "hash;DROP TABLE audit_log"}, "sort"),
        (ExportQuery, {"format": "xml"}, "format"),
        (ExportQuery, {"limit": "100001"}, "limit"),
        (ExportQuery, {"limit": "0"}, "limit"),
        (ExportQuery, {"after": "-1"}, "after"),
        (ExportQuery, {"after": "99999999999999999999"}, "after"),
        (ExportQuery, {"page": "1"}, "page"),
        (ExportQuery, {"since": ""}, "since"),
    ],
)
def test_hostile_queries(kind: type[msgspec.Struct], arguments: dict[str, str], field: str) -> None:
    with pytest.raises(NimbusError) as caught:
        decode_query(arguments, kind)
    assert caught.value.code == "VALIDATION_ERROR"
    assert field in caught.value.message


async def test_a_failed_change_leaves_neither_row_nor_event(tmp_path: Path) -> None:
    async with world(tmp_path) as made:

        def undone(tx: Transaction) -> None:
            write_row(made.audit, tx)
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await made.database.write(undone)
        assert await names(made) == []
        assert await made.rows("SELECT kind FROM events") == [("audit_log.begin",)]
