"""`nimbus login --oidc` and `nimbus identity-provider` as a person uses them: processes of their own, a real OpenID
provider, and a browser that BROWSER names."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trio

from tests.kit.openid_provider import Browser, OpenIdProvider, openid_provider
from tests.kit.polling import eventually
from tests.nimbus.people.single_sign_on.world import World, world

PROJECT = Path(__file__).parents[2]


class Done(NamedTuple):
    status: int
    out: str
    told: str


class Terminal:
    """`environment` is all that the command sees."""

    def __init__(self, w: World, folder: Path) -> None:
        self.w = w
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHONPATH": str(PROJECT),
            "BROWSER": self.browser("ada"),
        }
        self.told = folder / "told"
        self.told.touch()
        self.profiles = folder / "config" / "nimbus" / "profiles.json"

    def browser(self, login: str) -> str:
        return f"{sys.executable} -m tests.kit.oidc_browser {self.w.ca_file} {login} %s"

    async def run(self, *arguments: str, said: str = "") -> Done:
        """Its standard error goes to a file that a test may read meanwhile."""
        with self.told.open("wb") as told, trio.fail_after(60):
            done = await trio.run_process(
                [sys.executable, "-m", "nimbus", *arguments],
                env=self.environment,
                stdin=said.encode(),
                capture_stdout=True,
                stderr=told,
                check=False,
                cwd=PROJECT,
            )
        return Done(done.returncode, done.stdout.decode(), self.told.read_text())

    async def login(self, *arguments: str) -> Done:
        return await self.run("login", "--api", self.w.base_url, "--ca", self.w.ca_file, *arguments)

    async def json(self, *arguments: str, said: str = "") -> Any:
        done = await self.run(*arguments, "-o", "json", said=said)
        assert done.status == 0, done.told
        return json.loads(done.out)


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path / "nimbus") as made:
        yield made


@pytest.fixture
async def real(w: World, tmp_path: Path) -> AsyncIterator[OpenIdProvider]:
    async with openid_provider(tmp_path, w.redirect_uri) as made:
        yield made


@pytest.fixture
def terminal(w: World, tmp_path: Path) -> Terminal:
    return Terminal(w, tmp_path)


async def test_signing_in_with_a_browser(w: World, real: OpenIdProvider, terminal: Terminal) -> None:
    await w.add_provider(real)
    done = await terminal.login("--oidc")
    assert done.status == 0, done.told
    assert "Signed in as ada" in done.told
    assert f"{w.base_url}/api/v1/auth/oidc/corp/start?" in done.told
    assert stat.S_IMODE(terminal.profiles.stat().st_mode) == 0o600
    stored = json.loads(terminal.profiles.read_text())["default"]
    assert stored["session"]["username"] == "ada"
    assert stored["session"]["refresh_token"].startswith("nrt_")
    [session] = await terminal.json("iam", "sessions")
    assert session["methods"] == ["federated", "idp:corp"]
    assert session["user_agent"].startswith("nimbus/")
    done = await terminal.run("logout")
    assert done.status == 0
    assert await w.rows("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL") == [(0,)]
    # The browser was sent to the provider's own; without who it was, which others could read.
    assert f"opened {real.issuer}/session/end?client_id=corp" in done.told
    assert "id_token_hint" not in done.told


async def test_signing_out_of_the_provider_too_is_left_to_the_person(
    w: World, real: OpenIdProvider, terminal: Terminal
) -> None:
    await w.add_provider(real)
    for flags, told in ((("--no-browser",), True), (("--local",), False)):
        assert (await terminal.login("--oidc")).status == 0
        done = await terminal.run("logout", *flags)
        assert (done.status, f"  {real.issuer}/session/end?" in done.told) == (0, told)
        assert "opened" not in done.told


async def test_linking_and_unlinking(w: World, real: OpenIdProvider, terminal: Terminal) -> None:
    await w.add_provider(real, sign_up="off")
    await w.add_user("chief", password="a plain sentence is long", is_admin=True)
    done = await terminal.run(
        "login",
        "--api",
        w.base_url,
        "--ca",
        w.ca_file,
        "--username",
        "chief",
        said="a plain sentence is long\n",
    )
    assert done.status == 0, done.told
    done = await terminal.run("iam", "identities")
    assert (done.status, "iam link" in done.out + done.told) == (0, True)
    done = await terminal.run("iam", "link", "--no-profile")
    assert done.status == 2
    done = await terminal.run("iam", "link")
    assert (done.status, "Linked your account at corp." in done.told) == (0, True), done.told
    [one] = await terminal.json("iam", "identities")
    assert (one["provider"], one["subject"]) == ("corp", "ada")
    done = await terminal.run("iam", "link", "corp")
    assert (done.status, "linked already" in done.told) == (1, True), done.told
    # No session of a provider: nothing more than before is said.
    done = await terminal.run("logout")
    assert done.told.strip() == "Signed out."
    assert (await terminal.login("--oidc")).status == 0
    assert (await terminal.json("whoami"))["name"] == "chief"
    done = await terminal.run("iam", "unlink", "corp", "--yes")
    assert (done.status, "Unlinked" in done.told) == (0, True), done.told
    assert (await terminal.login("--oidc")).status == 3
    done = await terminal.run("iam", "unlink", "corp", "--yes")
    assert (done.status, "iam identities" in done.told) == (4, True), done.told


async def test_being_refused(w: World, real: OpenIdProvider, terminal: Terminal) -> None:
    await w.add_provider(real, sign_up="off")
    done = await terminal.login("--oidc", "corp")
    assert (done.status, "you have no account here" in done.told) == (3, True)
    assert not terminal.profiles.exists()


async def test_signing_in_on_another_device(w: World, real: OpenIdProvider, terminal: Terminal) -> None:
    await w.add_provider(real)
    found: list[Done] = []

    async def login() -> None:
        found.append(await terminal.login("--device", "--print-token"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(login)
        await eventually(lambda: "(or open " in terminal.told.read_text(), "the code is shown")
        address = terminal.told.read_text().partition("(or open ")[2].partition(")")[0]
        with Browser() as browser:
            await trio.to_thread.run_sync(lambda: browser.sign_in(address, "ada", "never"))
        # Whenever the command asks next, it is not too early.
        w.clock.advance(60)
    [done] = found
    assert done.status == 0, done.told
    assert done.out.startswith("export NIMBUS_TOKEN=")
    assert not terminal.profiles.exists()


async def test_there_is_nothing_or_too_much_to_sign_in_at(
    w: World, real: OpenIdProvider, terminal: Terminal
) -> None:
    done = await terminal.login("--oidc")
    assert (done.status, "no identity provider" in done.told) == (1, True)
    await w.add_provider(real)
    await w.add_provider(real, name="other")
    done = await terminal.login("--oidc")
    assert (done.status, "corp, other" in done.told) == (2, True)
    assert (await terminal.login("--oidc", "corp", "--username", "ada")).status == 2
    assert (await terminal.login("--no-browser")).status == 2
    for further in ([], ["--device"]):
        done = await terminal.login("--oidc", "nothing", *further)
        assert (done.status, "there is no identity provider 'nothing'" in done.told) == (4, True)


async def test_a_provider_from_making_to_deleting(
    w: World, real: OpenIdProvider, terminal: Terminal, tmp_path: Path
) -> None:
    await w.add_group("operators")
    terminal.environment |= {
        "NIMBUS_API": w.base_url,
        "NIMBUS_CA": w.ca_file,
        "NIMBUS_TOKEN": await w.token(),
    }
    assert "Add one: " in (await terminal.run("identity-provider", "list")).told
    made = await terminal.json(
        "identity-provider",
        "create",
        "corp",
        "--issuer",
        real.issuer,
        "--client-id",
        "corp",
        "--client-secret-file",
        "-",
        "--sign-up",
        "mapped",
        "--group",
        "cn=ops,dc=x=operators",
        "--label",
        "team=a",
        said=f"{real.client_secret}\n",
    )
    assert (made["has_client_secret"], made["redirect_uri"]) == (True, w.redirect_uri)
    [mapped] = made["group_mapping"]
    assert (mapped["value"], mapped["group"], mapped["organization"]) == (
        "cn=ops,dc=x",
        "operators",
        "default",
    )
    assert real.client_secret not in json.dumps(made)
    tested = await terminal.run("identity-provider", "test", "corp")
    assert (tested.status, "first (RS256)" in tested.out) == (0, True)
    changed = await terminal.json(
        "identity-provider", "update", "corp", "--sign-up", "on", "--disable", "--link-by-email", "yes"
    )
    assert (changed["sign_up"], changed["enabled"], changed["link_by_email"]) == ("on", False, True)
    assert "mapped" not in (await terminal.run("identity-provider", "list")).out
    assert "Client secret:" in (await terminal.run("identity-provider", "show", "corp")).out
    real.stop()
    assert (await terminal.run("identity-provider", "test", "corp")).status == 1
    assert (await terminal.run("identity-provider", "update", "corp")).status == 2
    assert (await terminal.run("identity-provider", "delete", "corp")).status == 2
    assert (await terminal.run("identity-provider", "delete", "corp", "--yes")).status == 0
    assert (await terminal.run("identity-provider", "show", "corp")).status == 4
