"""An installation of the version before people and access: its administrator's key pair goes on working."""

from __future__ import annotations

import base64
import sqlite3
from pathlib import Path

import pytest
import trio

from nimbus.client.client import Client
from nimbus.client.profiles import Profile
from nimbus.db.sqlite import migrate as module
from nimbus.db.sqlite.migrate import migrate, migrations
from nimbus.trust.secrets.master_key import MasterKey
from tests.kit.clock import SettableClock
from tests.kit.control_plane import control_plane

pytestmark = pytest.mark.sqlite

SECRET = "the-secret-of-the-administrator"
KEY = b"m" * 32


def old_installation(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As version 2 of the schema left it: organizations, the administrator, a pair, a line in the audit log."""
    folder.mkdir(mode=0o700)
    key_file = folder / "master.key"
    key_file.write_bytes(base64.b64encode(KEY) + b"\n")
    key_file.chmod(0o600)
    old = [one for one in migrations() if one.version <= 2]
    with monkeypatch.context() as patch:
        patch.setattr(module, "migrations", lambda: old)
        migrate(folder / "nimbus.db", SettableClock())
    database = sqlite3.connect(folder / "nimbus.db")
    with database:
        database.execute("INSERT INTO organizations VALUES ('o', 'default', 1)")
        database.execute("INSERT INTO workspaces VALUES ('w', 'o', 'default', 1)")
        database.execute("INSERT INTO users VALUES ('u', 'admin', 1, 1, NULL)")
        sealed = MasterKey(KEY).seal(SECRET, "access-key:NKOLD")
        database.execute("INSERT INTO access_keys VALUES ('NKOLD', 'u', ?, 1, NULL)", (sealed,))
        database.execute(
            "INSERT INTO audit_log VALUES ('a', 1, 1000000 * strftime('%s', 'now'), 'system', 'system', 'system',"
            " 'user.create', 'user', 'u', 'admin', NULL, '', '', 'ok', '{}')"
        )
    database.close()


async def test_the_old_key_pair_signs_and_the_old_rows_are_in_the_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "control-plane"
    old_installation(folder, monkeypatch)
    async with control_plane(tmp_path, administrator=False) as plane:
        profile = Profile(plane.serving.api, "NKOLD", SECRET, str(folder / "pki" / "ca.crt"))

        def look() -> None:
            api = Client(profile)
            assert api.get("/api/v1/whoami")["user"]["username"] == "admin"
            [key] = api.get("/api/v1/personal-keys")
            assert (key["access_key"], key["state"], key["kind"]) == ("NKOLD", "valid", "hmac")
            rotated = api.post(f"/api/v1/keys/{key['id']}/rotate", {"overlap": "0s"})
            assert rotated["access_key"] != "NKOLD"
            newer = Client(
                Profile(profile.api, rotated["access_key"], rotated["secret_key"], profile.ca_file)
            )
            verified = newer.get("/api/v1/audit-log/verification")
            assert (verified["ok"], verified["first"]) == (True, 1), verified

        await trio.to_thread.run_sync(look)
    assert len(list((folder / "backups").iterdir())) == 1
