"""`nimbus apply` and `nimbus diff` against a control plane."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nimbus.client.client import Client, Unreachable
from tests.kit.cli import Cli, command_line

_DOCUMENTS = """\
kind: Organization
metadata: {name: acme, labels: {app: shop}}
spec: {description: Anvils}
---
kind: Workspace
metadata: {name: prod, organization: acme, labels: {app: shop}}
---
kind: Role
metadata: {name: looker, organization: acme, labels: {app: shop}}
spec: {permissions: [task:read, agent:read]}
---
kind: User
metadata: {name: alice, organization: acme, labels: {app: shop}}
spec: {email: alice@example.org, disabled: true}
---
kind: Group
metadata: {name: ops, organization: acme, labels: {app: shop}}
spec: {members: [alice]}
---
kind: Grant
spec: {role: looker, group: ops, workspace: acme/prod}
---
kind: Secret
metadata: {name: token, workspace: acme/prod, labels: {app: shop}}
spec: {valueFrom: {file: value.txt}}
---
kind: Node
metadata: {name: web-1, labels: {app: shop}}
spec: {maintenance: true, wanted_mtu: 0}
"""


@pytest.fixture
async def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[Cli]:
    async with command_line(tmp_path, monkeypatch, capsys) as started:
        yield started


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "value.txt").write_bytes(b"hunter2\n")
    made = tmp_path / "documents" / "shop.yaml"
    made.write_text(_DOCUMENTS)
    return made


async def test_apply_then_nothing_to_do_then_a_change_then_prune(cli: Cli, file: Path) -> None:
    await cli.plane.agent("web-1")
    assert (await cli("diff", "-f", str(file)))[0] == 1
    status, out, err = await cli("apply", "-f", str(file))
    assert status == 2
    assert "--yes" in err
    assert "+ Organization acme" in out
    assert "hunter2" not in out
    await cli.ok("apply", "-f", str(file), "--dry-run")
    assert (await cli("organization", "show", "acme"))[0] == 4
    applied = await cli.json("apply", "-f", str(file.parent), "--yes")
    assert applied["applied"]
    assert applied["summary"] == {"create": 7, "update": 1, "delete": 0, "unchanged": 0}
    assert "hunter2" not in json.dumps(applied)
    assert await cli("diff", "-f", str(file)) == (0, "", "")
    again = await cli.json("apply", "-f", str(file), "--yes")
    assert again["summary"] == {"create": 0, "update": 0, "delete": 0, "unchanged": 8}
    assert not again["applied"]
    user = await cli.json("iam", "show-user", "alice")
    assert (user["disabled"], user["organization"]) == (True, "acme")
    # The value stayed where it is, and what is as declared leaves no row.
    assert await cli.json("audit", "list", "--resource-kind", "secret", "--action", "secret.*") == (
        await cli.json("audit", "list", "--action", "secret.create")
    )
    assert await cli.ok("secret", "get", "token", "-w", "acme/prod") == "hunter2\n"
    assert (await cli.json("node", "show", "web-1"))["state"] == "Maintenance"

    file.write_text(
        _DOCUMENTS.replace("Anvils", "Rockets")
        .replace("[alice]", "[]")
        .replace("maintenance: true", "maintenance: false")
    )
    (file.parent / "value.txt").write_bytes(b"\xff\x00")
    status, out, _ = await cli("diff", "-f", str(file))
    assert status == 1
    assert 'description: "Anvils" -> "Rockets"' in out
    assert "(another secret)" in out
    [guess] = await cli.json("audit", "list", "--action", "secret.compare")
    assert (guess["resource"]["name"], guess["after"]) == ("token", {"version": 1})
    assert "4 to update" in out
    await cli.ok("apply", "-f", str(file), "--yes")
    assert (await cli("diff", "-f", str(file)))[0] == 0
    assert (await cli("iam", "members", "acme/ops"))[1] == ""

    kept = file.parent / "kept.yaml"
    kept.write_text("\n---\n".join(_DOCUMENTS.split("\n---\n")[:2]).replace("Anvils", "Rockets"))
    file.unlink()
    assert (await cli("apply", "-f", str(kept), "--prune", "--yes"))[0] == 2
    whom = "kind: Grant\nspec: {role: looker, group: ops, workspace: acme/prod,"
    whom += " expires_at: '2099-01-01T00:00:00%s'}"
    ending = file.parent / "ending.yaml"
    ending.write_text(whom % "Z")
    assert "1 to update" in (await cli("diff", "-f", str(ending)))[1]
    await cli.ok("apply", "-f", str(ending), "--yes")
    ending.write_text(whom % "+00:00")
    assert (await cli("diff", "-f", str(ending)))[0] == 0
    ending.unlink()
    using = file.parent / "using.yaml"
    using.write_text("kind: Grant\nspec: {role: looker, user: admin, organization: acme}\n")
    status, _, err = await cli("apply", "-f", str(file.parent), "--prune", "--selector", "app=shop", "--yes")
    assert status == 2
    assert "uses the role acme/looker, which --prune would delete" in err
    using.unlink()
    [grant] = await cli.json("iam", "list-grants", "--group", "ops")
    assert grant["expires_at"].startswith("2099-01-01")
    await cli.ok("iam", "revoke", grant["id"], "--yes")
    pruned = await cli.json("apply", "-f", str(kept), "--prune", "--selector", "app=shop", "--yes")
    gone = [(one["kind"], one["name"]) for one in pruned["actions"] if one["action"] == "delete"]
    assert gone == [
        ("Secret", "acme/prod/token"),
        ("Group", "acme/ops"),
        ("User", "alice"),
        ("Role", "acme/looker"),
    ]
    await cli.ok("node", "show", "web-1")


async def test_a_lost_answer_and_an_interruption(
    cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cli.plane.agent("web-1")
    send, lost, sent = Client._send, [2], []

    def losing(self: Client, method: str, target: str, body: bytes, credentials: dict[str, str]) -> object:
        answer = send(self, method, target, body, credentials)
        if method == "POST" and "/comparison" not in target:
            sent.append(credentials.get("Idempotency-Key"))
            if lost[0]:
                lost[0] -= 1
                self.close()
                raise Unreachable("gone")
        return answer

    monkeypatch.setattr(Client, "_send", losing)
    await cli.ok("apply", "-f", str(file), "--yes")
    assert sent[0] == sent[1] == sent[2] is not None
    lost[0] = 1000
    file.write_text(_DOCUMENTS.replace("name: ops", "name: dev").replace("group: ops", "group: dev"))
    status, _, err = await cli("apply", "-f", str(file), "--yes")
    assert status == 1
    assert "Group acme/dev: gone (0 of" in err
    lost[0] = 0
    await cli.ok("apply", "-f", str(file), "--yes")
    assert (await cli("diff", "-f", str(file)))[0] == 0


async def test_somebody_else_was_faster(cli: Cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nimbus.cli.apply import command, run

    file.write_text(_DOCUMENTS.partition("\n---\n")[0])
    await cli.ok("apply", "-f", str(file), "--yes")
    file.write_text(file.read_text().replace("Anvils", "Rockets"))
    fetch = run.fetch

    def then_changed(api: Client, *rest: object, **more: object) -> object:
        found = fetch(api, *rest, **more)  # type: ignore[arg-type]
        api.patch("/api/v1/organizations/acme", {"description": "Mine"})
        return found

    monkeypatch.setattr(command, "fetch", then_changed)
    status, _, err = await cli("apply", "-f", str(file), "--yes")
    assert status == 1
    assert "PRECONDITION_FAILED" in err
    assert (await cli.json("organization", "show", "acme"))["description"] == "Mine"


async def test_mistakes_name_the_line_and_change_nothing(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = "kind: Workspace\nmetadata: {name: fresh}\n---\n"
    file = tmp_path / "x.yaml"
    (tmp_path / "link").symlink_to("/etc/hostname")
    for text, told, status in (
        ("kind: Workspac\n", "Did you mean Workspace?", 2),
        ("kind: Node\nmetadata: {name: nobody}\n", ":5: there is no Node", 4),
        (
            "kind: Secret\nmetadata: {name: s}\nspec: {valueFrom: {env: NO_SUCH_THING}}\n",
            ":6: the variable",
            2,
        ),
        (
            "kind: Secret\nmetadata: {name: s}\nspec: {valueFrom: {file: nothing}}\n",
            ":6: nothing cannot be read",
            2,
        ),
        (
            "kind: Secret\nmetadata: {name: s}\nspec: {valueFrom: {file: /etc/hostname}}\n",
            ":6: /etc/hostname is outside",
            2,
        ),
        (
            "kind: Secret\nmetadata: {name: s}\nspec: {valueFrom: {file: ../outside}}\n",
            ":6: ../outside is outside",
            2,
        ),
        ("kind: Secret\nmetadata: {name: s}\nspec: {valueFrom: {file: link}}\n", ":6: link is outside", 2),
        (good, "declared at", 2),
        (
            "kind: Grant\nspec: {role: viewer, user: nessie, organization: default}\n",
            ":5: there is no user 'nessie'",
            4,
        ),
        ("kind: Group\nmetadata: {name: g}\nspec: {members: [nessie]}\n", "there is no user 'nessie'", 4),
        (
            "kind: Role\nmetadata: {name: r, organization: nowhere}\nspec: {permissions: [task:read]}\n",
            "there is no organization 'nowhere'",
            4,
        ),
    ):
        file.write_text(good + text)
        for command in (("apply", "--yes"), ("diff",)):
            found, _, err = await cli(command[0], "-f", str(file), *command[1:])
            assert found == status, err
            assert told in err
            assert err.count("\n") == 1
    assert (await cli("workspace", "show", "fresh"))[0] == 4
    assert (await cli("apply", "-f", str(tmp_path / "none.yaml")))[0] == 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(good.encode())))
    await cli.ok("apply", "-f", "-", "--yes")
    await cli.ok("workspace", "show", "fresh")
    file.write_text(good)
    assert (await cli("diff", "-f", str(file), "--profile", "none"))[0] == 3
    monkeypatch.setenv("NIMBUS_API", "https://127.0.0.1:1")
    assert (await cli("diff", "-f", str(file)))[0] == 2
