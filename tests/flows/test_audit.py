"""The audit log through the whole control plane: rows of real changes, the CLI, exports, verification."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from nimbus.client.client import ApiError
from tests.flows.test_operators import authentic
from tests.kit.cli import Cli, command_line_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.database import change, look
from tests.kit.polling import eventually

BASE = "/api/v1/audit-log"


@pytest.fixture
async def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Cli]:
    async with control_plane(tmp_path) as plane:
        yield command_line_of(plane, tmp_path, monkeypatch, capsys)


def tamper(plane: ControlPlane, statement: str) -> None:
    change(plane.config, statement)


async def test_every_change_has_its_row_and_the_chain_holds(cli: Cli) -> None:
    plane = cli.plane
    await plane.agent()
    await plane.call(lambda client: client.patch("/api/v1/nodes/web-1", {"labels": {"rack": "7"}}))
    rows = await plane.call(lambda client: client.get_all(BASE))
    assert [row["sequence"] for row in rows] == list(range(len(rows), 0, -1))
    assert {"audit_log.begin", "user.create", "node.join", "node.update"} <= {row["action"] for row in rows}
    [update] = await plane.get(BASE, action="node.update")
    assert (update["before"]["labels"], update["after"]["labels"]) == ({}, {"rack": "7"})
    assert (update["actor"]["name"], update["outcome"], update["source"]) == ("admin", "ok", "127.0.0.1")
    assert update["resource"]["name"] == "web-1"
    assert await plane.get(f"{BASE}/{update['id']}") == update
    # The bootstrap was another caller of the same log, and of the same chain.
    verdict = await plane.get(f"{BASE}/verification")
    assert (verdict["ok"], verdict["finding"], verdict["count"]) == (True, None, len(rows))
    assert (await plane.get(f"{BASE}/head"))["hash"] == verdict["head_hash"]


async def test_the_command_line(cli: Cli, tmp_path: Path) -> None:
    await cli.plane.agent()
    await cli("node", "label", "web-1", "rack=7")
    status, out, _ = await cli("audit", "list", "--action", "node.*", "--since", "1h", "-o", "json")
    rows = json.loads(out)
    assert (status, rows[0]["action"]) == (0, "node.update")
    assert "web-1" in (await cli("audit", "list", "--search", "web-1 update"))[1]
    assert "365 days" in (await cli("audit", "retention"))[1]
    assert "admin updated node web-1" in (await cli("audit", "list"))[1]
    assert 'labels: {} -> {"rack": "7"}' in (await cli("audit", "list", "-o", "wide"))[1]
    shown = (await cli("audit", "show", rows[0]["id"]))[1]
    assert 'After:         {"labels": {"rack": "7"}}' in shown
    assert (await cli("audit", "list", "--actor", "nobody"))[2].startswith("No audit log entries match")
    assert (await cli("audit", "list", "--limit", "1"))[2].startswith("1 of ")
    assert (await cli("audit", "show", "nothing"))[0] == 4
    status, out, _ = await cli("audit", "verify")
    assert status == 0
    assert out.startswith("The audit log is intact: ")
    status, out, _ = await cli("audit", "head")
    kept = out.split("--head ")[1].strip()
    assert (await cli("audit", "verify", "--head", kept))[0] == 0
    status, out, told = await cli("audit", "verify", "--head", kept[:-1] + ("0" if kept[-1] != "0" else "1"))
    assert (status, out, "AUDIT_LOG_ALTERED" in told) == (1, "", True)
    assert (await cli("audit", "verify", "--head", "99999:abc"))[0] == 1
    assert (await cli("audit", "verify", "--head", "nonsense"))[0] == 2


def just_after(moment: str) -> str:
    """A microsecond later."""
    later = datetime.datetime.fromisoformat(moment) + datetime.timedelta(microseconds=1)
    return later.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def test_exports(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nimbus.cli.audit._EXPORT_ROWS", 2)
    await cli.plane.agent()
    everything = await cli.plane.call(lambda client: client.get_all(BASE, sort="sequence"))
    # Each export leaves its own row: not those.
    until = just_after(everything[-1]["at"])
    file = tmp_path / "audit.csv"
    assert (await cli("audit", "export", "--file", str(file), "--until", until))[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert (await cli("audit", "export", "--file", str(file)))[0] == 2
    by_the_api = await authentic(cli.plane, "GET", f"{BASE}/export?format=csv&limit=100000&until={until}")
    assert by_the_api.headers["content-type"].startswith("text/csv")
    assert "audit-log.csv" in by_the_api.headers["content-disposition"]
    assert file.read_bytes() == by_the_api.body
    rows = list(csv.DictReader(io.StringIO(by_the_api.body.decode(), newline="")))
    assert [row["id"] for row in rows] == [row["id"] for row in everything]
    status, out, _ = await cli("audit", "export", "--format", "json", "--until", until)
    assert (status, json.loads(out)) == (0, everything)
    exports = await cli.plane.call(lambda client: client.get_all(BASE, action="audit_log.export"))
    assert {row["actor"]["name"] for row in exports} == {"admin"}
    first = min(exports, key=lambda row: int(row["sequence"]))
    assert first["after"] == {"format": "json", "until": until, "rows": 2, "through": 2}
    part = await authentic(cli.plane, "GET", f"{BASE}/export?format=csv&limit=1&nonce=x")
    assert part.headers["x-next-cursor"] == "1"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit_log SET actor_name = 'somebody' WHERE sequence = 2", "row 2 was altered"),
        ("DELETE FROM audit_log WHERE sequence = 2", "row 2 of the audit log was removed"),
        ("DELETE FROM audit_log WHERE sequence > 2", "the newest, were removed"),
    ],
)
async def test_tampering_is_named(cli: Cli, statement: str, words: str) -> None:
    for name in ("a", "b", "c"):
        await cli.plane.token(name=name)
    tamper(cli.plane, statement)
    status, _, told = await cli("audit", "verify")
    assert status == 1
    assert words in told
    assert "AUDIT_LOG_ALTERED" in told
    status, out, _ = await cli("audit", "verify", "-o", "json")
    assert (status, json.loads(out)["ok"]) == (1, False)


async def test_rows_cut_off_at_the_end_under_the_running_server_are_missed(cli: Cli) -> None:
    """With the note of the newest row put back to what it was: inside the database nothing speaks against it."""
    plane = cli.plane
    await plane.token(name="before")
    [(sequence, hash_, mac)] = look(
        plane.config, "SELECT head_sequence, head_hash, head_mac FROM audit_chain"
    )
    await plane.post("/api/v1/users", {"username": "backdoor", "is_admin": True})
    witness = Path(plane.config.data_dir) / "audit-witness.json"

    def is_known() -> bool:
        return bool(json.loads(witness.read_text())["sequence"] > sequence)

    await eventually(is_known, "the new row is known outside the database")
    assert witness.stat().st_mode & 0o777 == 0o600
    tamper(plane, f"DELETE FROM audit_log WHERE sequence > {sequence}")
    back = f"head_sequence = {sequence}, head_hash = '{hash_}', head_mac = '{mac}'"
    tamper(plane, f"UPDATE audit_chain SET {back}")
    status, _, told = await cli("audit", "verify")
    assert (status, "were removed" in told) == (1, True)
    # Whatever is written from then on: they stay missing, and a row says so.
    await plane.token(name="after")
    assert [row["outcome"] for row in await plane.get(BASE, action="audit_log.cut")] == ["failed"]
    assert (await cli("audit", "verify"))[0] == 1


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("nonsense=1", 422, "nonsense"),
        ("page=-1", 422, "page"),
        ("per_page=100000", 422, "per_page"),
        ("since=nonsense", 422, "since"),
        ("outcome=fine", 422, "outcome"),
        ("sort=diff", 422, "sort"),
        ("workspace=nowhere", 404, ""),
    ],
)
async def test_hostile_queries(cli: Cli, query: str, status: int, field: str) -> None:
    answer = await authentic(cli.plane, "GET", f"{BASE}?{query}")
    assert answer.status == status
    assert field in answer.json["error"]["message"]


async def test_outsiders(cli: Cli) -> None:
    def attempt(path: str) -> Any:
        from nimbus.client.client import Client
        from nimbus.client.profiles import Profile

        return Client(Profile(cli.plane.profile.api, "", "", cli.plane.profile.ca_file)).get(path)

    for path in (BASE, f"{BASE}/x", f"{BASE}/export", f"{BASE}/verification", f"{BASE}/head"):
        with pytest.raises(ApiError) as caught:
            await cli.plane.call(lambda _client, path=path: attempt(path))  # type: ignore[misc]
        assert caught.value.code == "UNAUTHENTICATED"
