"""Secrets and the master key of a running control plane, by the API and by the command line."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from nimbus.client.client import ApiError, Client
from nimbus.client.profiles import Profile
from nimbus.composition.bootstrap import bootstrap
from nimbus.protocol.errors import NimbusError
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.trust.secrets.master_key import MasterKey, MasterKeyUnusable
from tests.kit.cli import run_command, use_profile_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.database import look
from tests.kit.polling import eventually_so
from tests.kit.ports import free_ports
from tests.kit.requester import Requester
from tests.kit.two_organizations import two_organizations

VALUE = "s3same-Öffne-dich 'quoted' \"twice\""
BASE = "/api/v1/secrets"


class Terminal(io.TextIOWrapper):
    """Stands for one: says that it is, and nothing more."""

    def isatty(self) -> bool:
        return True


class Cli:
    def __init__(
        self, plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        self.plane, self._monkeypatch, self._captured = plane, monkeypatch, capsysbinary

    async def __call__(
        self, *arguments: str, given: bytes = b"", terminal: bool = False
    ) -> tuple[int, bytes, str]:
        """Status, output, errors; `given` on standard input."""
        kind = Terminal if terminal else io.TextIOWrapper
        self._monkeypatch.setattr(sys, "stdin", kind(io.BytesIO(given), "utf-8"))
        self._monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
        self._captured.readouterr()
        status = await trio.to_thread.run_sync(run_command, arguments)
        written = self._captured.readouterr()
        return status, written.out, written.err.decode()


@pytest.fixture
async def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> AsyncIterator[Cli]:
    async with control_plane(tmp_path) as plane:
        use_profile_of(plane, tmp_path, monkeypatch)
        yield Cli(plane, monkeypatch, capsysbinary)


async def test_a_secret_from_the_first_to_the_last_by_the_command_line(cli: Cli, tmp_path: Path) -> None:
    assert (await cli("secret", "list"))[2].startswith("No secrets yet.")
    status, out, err = await cli(
        "secret", "create", "db-password", "--label", "app=shop", given=VALUE.encode() + b"\n"
    )
    assert (status, err) == (0, "")
    assert VALUE.encode() not in out
    assert await cli("secret", "get", "db-password") == (0, VALUE.encode(), "")
    shown = json.loads((await cli("secret", "get", "db-password", "-o", "json"))[1])
    assert (shown["value"], shown["version"], shown["encoding"]) == (VALUE, 1, "text")
    (tmp_path / "key.pem").write_bytes(b"line 1\nline 2\n")
    assert (await cli("secret", "set", "db-password", "--from-file", str(tmp_path / "key.pem")))[0] == 0
    assert (await cli("secret", "get", "db-password"))[1] == b"line 1\nline 2\n"
    assert (await cli("secret", "get", "db-password", "--version", "1"))[1] == VALUE.encode()
    binary = bytes(range(256))
    assert (await cli("secret", "set", "db-password", "--from-file", "-", given=binary))[0] == 0
    assert (await cli("secret", "get", "db-password", "--to-file", str(tmp_path / "out")))[1] == b""
    assert (tmp_path / "out").read_bytes() == binary
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600
    assert (await cli("secret", "rollback", "db-password", "--to", "1"))[0] == 0
    assert (await cli("secret", "get", "db-password"))[1] == VALUE.encode()
    lines = (await cli("secret", "versions", "db-password"))[1].decode().splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["4", "3", "2", "1"]
    changed = await cli(
        "secret",
        "change",
        "db-password",
        "--rename",
        "shop-db",
        "--description",
        "of the shop",
        "--label",
        "app-",
    )
    assert changed[0] == 0
    shown = json.loads((await cli("secret", "show", "shop-db", "-o", "json"))[1])
    assert (shown["description"], shown["labels"], shown["version"]) == ("of the shop", {}, 4)
    assert "value" not in shown
    assert (await cli("secret", "delete", "shop-db"))[0] == 2
    assert (await cli("secret", "delete", "shop-db", "--yes"))[0] == 0
    assert (await cli("secret", "get", "shop-db"))[0] == 4


async def test_what_the_command_line_refuses(cli: Cli) -> None:
    assert (await cli("secret", "create", "s", given=b""))[0] == 2
    assert (await cli("secret", "create", "s", given=b"x" * (64 * 1024 + 1)))[0] == 2
    assert (await cli("secret", "create", "s", "--from-file", "/nowhere"))[0] == 2
    # A value as an argument is no such thing.
    assert (await cli("secret", "create", "s", "value", given=b"x"))[0] == 2
    assert (await cli("secret", "create", "master-key", given=b"x"))[0] == 1
    assert (await cli("secret", "create", "s", given=b"x"))[0] == 0
    assert (await cli("secret", "change", "s"))[0] == 2
    status, _, err = await cli("secret", "create", "s", given=b"x")
    assert (status, "nimbus secret set s" in err) == (1, True)


async def test_at_a_terminal_the_value_is_asked_for_twice(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    typed: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda _prompt: typed.pop(0))
    typed += ["one", "two"]
    assert "differ" in (await cli("secret", "create", "s", terminal=True))[2]
    typed += ["esc\x1b[2Jape", "esc\x1b[2Jape"]
    assert (await cli("secret", "create", "s", terminal=True))[0] == 0
    shown = (await cli("secret", "get", "s", terminal=True))[1]
    assert shown.decode() == "esc\ufffd[2Jape\n"
    assert (await cli("secret", "get", "s"))[1] == b"esc\x1b[2Jape"
    typed += [""] * 2
    assert (await cli("secret", "set", "s", terminal=True))[0] == 2
    assert (await cli("secret", "set", "s", given=b"\xff\x00"))[0] == 0
    assert "not text" in (await cli("secret", "get", "s", terminal=True))[2]


async def test_the_master_key_by_the_command_line(cli: Cli) -> None:
    for number in range(20):
        await cli.plane.post(BASE, {"name": f"s{number}", "value": f"{VALUE}{number}"})
    before = json.loads((await cli("secret", "master-key", "-o", "json"))[1])
    assert (before["state"], len(before["keys"])) == ("current", 1)
    status, out, _ = await cli("secret", "rotate-master-key", "--wait", "-o", "json")
    after = json.loads(out)
    assert (status, after["values_left"]) == (0, 0)
    assert after["primary"] != before["primary"]
    assert "Old keys are being removed from the file." in (await cli("secret", "master-key"))[1].decode()
    assert (await cli("secret", "get", "s7"))[1].decode() == f"{VALUE}7"
    # The pair that signs these requests is re-encrypted too: it works, and in a new process as well.
    assert len(await cli.plane.get(BASE)) == 20


async def test_the_value_is_in_no_log_no_audit_row_no_answer_but_one_and_no_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with control_plane(tmp_path) as plane:

            def answers_without_the_value(client: Any) -> list[Any]:
                made = client.post(BASE, {"name": "s", "value": VALUE})
                one = f"{BASE}/{made['id']}"
                answers = [
                    made,
                    client.request("PUT", f"{one}/value", body={"value": VALUE + "2"}),
                    client.post(f"{one}/versions", {"value": VALUE + "3"}),
                    client.post(f"{one}/rollback", {"version": 1}),
                    client.get(f"{one}/versions"),
                    client.patch(one, {"description": "new"}),
                    client.get(one),
                    client.get(BASE),
                ]
                assert client.get(f"{one}/value")["value"] == VALUE
                return answers

            answers = json.dumps(await plane.call(answers_without_the_value), ensure_ascii=False)
            rows = look(plane.config, "SELECT * FROM audit_log ORDER BY sequence")
            actions = [row[6] for row in rows if "secret." in str(row[6])]
    assert actions == [
        "secret.create",
        "secret.set",
        "secret.set",
        "secret.rollback",
        "secret.update",
        "secret.reveal",
    ]
    marks = ("s3same", "\\u00d6ffne", VALUE)
    for text in (answers, repr(rows), caplog.text):
        assert not any(mark in text for mark in marks)
    for file in (tmp_path / "control-plane").rglob("*"):
        if file.is_file():
            assert b"s3same" not in file.read_bytes(), file


async def test_repeated_requests_preconditions_and_tags(tmp_path: Path) -> None:
    async with two_organizations(tmp_path) as two:

        def repeat_the_creation() -> None:
            with Requester(two.plane, two.keys["owner"]) as owner:
                body = {"name": "s", "value": VALUE, "workspace": "acme/db"}
                first = owner.post(BASE, body, Idempotency_Key="k1")
                again = owner.post(BASE, body, Idempotency_Key="k1")
                assert (first.status, again.status, first.data) == (201, 201, again.data)
                one = f"{BASE}/{first.data['id']}"
                tag = owner.get(one).headers["etag"]
                new = {"value": "another"}
                assert owner.send("PUT", f"{one}/value", new, If_Match=tag).status == 200
                assert owner.send("PUT", f"{one}/value", new, If_Match=tag).code == "PRECONDITION_FAILED"
                revealed = owner.get(f"{one}/value")
                assert revealed.headers["etag"] == f'"{first.data["id"]}.2"'
                assert revealed.headers["cache-control"] == "no-store"
                for target in ("/value?version=0", "/value?version=99999999999999999999", "/value?version=x"):
                    assert owner.get(one + target).status == 422
                assert owner.get(one + "/value?version=7").status == 404
                assert owner.post(BASE, {"name": "t"}).code == "VALIDATION_ERROR"
                hidden = owner.post(BASE, {"name": "t", "value": "x" * 70_000})
                assert (hidden.status, "xxx" in hidden.message) == (422, False)

        await trio.to_thread.run_sync(repeat_the_creation)


async def test_roles_and_strangers(tmp_path: Path) -> None:
    async with two_organizations(tmp_path) as two:

        def ask_as_everybody() -> None:
            with Requester(two.plane, two.keys["owner"]) as owner:
                made = owner.post(BASE, {"name": "s", "value": VALUE, "workspace": "acme/db"}).data
            one = f"{BASE}/{made['id']}"
            wanted = {
                # list, show, reveal, change, set, delete, status, rotate
                "stranger-owner": (200, 404, 404, 404, 404, 404, 403, 403),
                "operator-of-web": (200, 404, 403, 404, 404, 404, 403, 403),
                "idle": (403,) * 8,
                "viewer": (403,) * 8,
                "operator": (200, 200, 403, 200, 200, 200, 403, 403),
            }
            for who, statuses in wanted.items():
                with Requester(two.plane, two.keys[who]) as caller:
                    seen = (
                        caller.get(BASE),
                        caller.get(one),
                        caller.get(f"{one}/value"),
                        caller.send("PATCH", one, {"description": "x"}),
                        caller.send("PUT", f"{one}/value", {"value": "y"}),
                        caller.send("DELETE", one),
                        caller.get(f"{BASE}/master-key"),
                        caller.post(f"{BASE}/master-key/rotations"),
                    )
                    assert tuple(reply.status for reply in seen) == statuses, who
                    assert all("s3same" not in repr(reply.body) for reply in seen)
                    if statuses[1] == 404:
                        assert seen[0].json["meta"]["total"] == 0
            with Requester(two.plane) as nobody:
                assert nobody.get(f"{one}/value").status == 401

        await trio.to_thread.run_sync(ask_as_everybody)


async def test_a_value_is_compared_without_being_read(tmp_path: Path) -> None:
    """Guesses leave a row each; who knows the value learns nothing, and leaves none."""
    async with two_organizations(tmp_path) as two:

        def compare() -> None:
            with Requester(two.plane, two.keys["owner"]) as owner:
                made = owner.post(BASE, {"name": "s", "value": VALUE, "workspace": "acme/db"}).data
                question = f"{BASE}/{made['id']}/value/comparison"
                assert owner.post(question, {"value": VALUE}).data == {"version": 1, "same": True}
                asked = "/api/v1/audit-log?action=secret.compare"
                assert owner.get(asked).data == []
                for guess in (
                    {"value": VALUE + " "},
                    {"value": "czNzYW1l", "encoding": "base64"},
                    {"value": VALUE.upper()},
                ):
                    reply = owner.post(question, guess)
                    assert reply.data == {"version": 1, "same": False}
                    assert VALUE not in reply.body.decode()
                rows = owner.get(asked).data
                assert [(row["resource"]["name"], row["outcome"]) for row in rows] == [("s", "ok")] * 3
                assert "s3same" not in owner.get(asked).body.decode().lower()
                assert owner.get(f"{BASE}/{made['id']}").data["last_read_at"] is None
            for who, status in (
                ("operator", 403),
                ("viewer", 403),
                ("operator-of-web", 403),
                ("stranger-owner", 404),
            ):
                with Requester(two.plane, two.keys[who]) as caller:
                    assert caller.post(question, {"value": VALUE}).status == status, who

        await trio.to_thread.run_sync(compare)


async def test_a_workspace_is_not_empty_while_it_has_secrets(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:

        def preview_of_deletion(client: Any) -> Any:
            client.post("/api/v1/organizations", {"name": "acme"})
            made = client.post("/api/v1/organizations/acme/workspaces", {"name": "web"})
            client.post(BASE, {"name": "s", "value": VALUE, "workspace": "acme/web"})
            query = {"dry_run": "true"}
            return [
                client.request("DELETE", f"/api/v1/{place}", query=query)["data"]["contents"]
                for place in (f"workspaces/{made['id']}", "organizations/acme")
            ]

        of_workspace, of_organization = await plane.call(preview_of_deletion)
        assert {"kind": "secrets", "count": 1, "names": ["s"]} in of_workspace
        assert {"kind": "secrets", "count": 1, "names": ["web/s"]} in of_organization


class Served:
    """`nimbus api` as a process of its own, to be killed."""

    def __init__(self, folder: Path) -> None:
        api, agents = free_ports(2)
        self.folder = folder / "data"
        flags = {
            "data-dir": str(self.folder),
            "listen": f"127.0.0.1:{api}",
            "agent-port": str(agents),
            "mesh": "off",
            "rate-limit-per-address": "0",
            "rate-limit-per-key": "0",
            "log-level": "warning",
        }
        self._command = [sys.executable, "-m", "nimbus", "api"]
        self._command += [word for name, value in flags.items() for word in (f"--{name}", value)]
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self.config = ControlPlaneConfig(
            data_dir=str(self.folder), listen=f"127.0.0.1:{api}", agent_port=agents, mesh="off"
        )

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NIMBUS_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stderr=log, env=environment)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ready(self, profile: Profile) -> Client:
        """A client of it, as soon as it answers."""
        deadline = time.monotonic() + 20
        while True:
            client = Client(profile)
            try:
                client.get(BASE, per_page=1)
            except ApiError as error:
                raise AssertionError(f"{error}\n{self._log.read_text()}") from error
            except NimbusError:
                client.close()
                assert time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.05)
            else:
                return client


def test_a_control_plane_that_is_killed_in_the_middle_of_rotations(tmp_path: Path) -> None:
    dice = random.Random(20261121)
    served = Served(tmp_path)
    made = bootstrap(served.config, new_key=True)
    profile = Profile(made.api, made.access_key, made.secret_key, made.ca_file)
    primaries: set[str] = set()
    try:
        served.start()
        client = served.ready(profile)
        for number in range(60):
            client.post(BASE, {"name": f"s{number}", "value": f"{VALUE} {number}"})
        for turn in range(6):
            # While the one before it is not through, it is refused.
            with contextlib.suppress(ApiError):
                primaries.add(client.post(f"{BASE}/master-key/rotations")["primary"])
            time.sleep(dice.uniform(0, 0.06))
            served.kill()
            client.close()
            if turn % 2:
                # Meanwhile somebody else seals, with what is in the file.
                bootstrap(served.config, new_key=True)
            served.start()
            client = served.ready(profile)
            number = dice.randrange(60)
            assert client.get(f"{BASE}/s{number}/value")["value"] == f"{VALUE} {number}"
        deadline = time.monotonic() + 20
        while (status := client.get(f"{BASE}/master-key"))["state"] != "current":
            assert time.monotonic() < deadline, status
            time.sleep(0.05)
        assert (status["values_left"], status["unreadable"], len(status["keys"])) == (0, 0, 1)
        assert len(primaries) >= 3
        for number in range(60):
            assert client.get(f"{BASE}/s{number}/value")["value"] == f"{VALUE} {number}"
        assert list(served.folder.glob(".master.key.*")) == []
        client.close()
    finally:
        served.kill()


async def test_a_mounted_key_file_is_rotated_by_hand(tmp_path: Path) -> None:
    mounted, old, new = tmp_path / "mounted.key", MasterKey(b"o" * 32), MasterKey(b"n" * 32)

    def mount(*keys: MasterKey) -> None:
        mounted.unlink(missing_ok=True)
        mounted.write_bytes(b"".join(key.encoded() + b"\n" for key in keys))
        mounted.chmod(0o400)

    mount(old)
    settings: dict[str, Any] = {"master_key_file": str(mounted)}
    async with control_plane(tmp_path, **settings) as plane:
        await plane.post(BASE, {"name": "s", "value": VALUE})

        with pytest.raises(ApiError) as refused:
            await plane.post(f"{BASE}/master-key/rotations")
        assert refused.value.code == "CONFLICT"
        assert "first line" in refused.value.next_step
        assert "restart" in refused.value.next_step
    assert not (tmp_path / "control-plane" / "master.key").exists()
    mount(new, old)
    async with control_plane(tmp_path, **settings) as plane:

        async def brought_over() -> bool:
            status = await plane.get(f"{BASE}/master-key")
            return bool(status["state"] == "remove-by-hand" and status["primary"] == new.key_id)

        await eventually_so(brought_over, "re-encryption after the restart")
    mount(new)
    async with control_plane(tmp_path, **settings) as plane:
        assert (await plane.get(f"{BASE}/s/value"))["value"] == VALUE
    mount(MasterKey(b"x" * 32))
    with pytest.RaisesGroup(MasterKeyUnusable, allow_unwrapped=True, flatten_subgroups=True):
        async with control_plane(tmp_path, **settings):
            pass
