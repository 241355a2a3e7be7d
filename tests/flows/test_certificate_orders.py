"""Certificates ordered from a real certificate authority (Pebble), whose questions agents answer."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from agent.edge.challenges import answer, answers_of
from nimbus.client.client import ApiError
from nimbus.edge.certificates.issuing.authority import Authority, Renewal
from nimbus.protocol.edge import ChallengesDocument
from tests.kit.certificates import certificate_files
from tests.kit.cli import command_line_of
from tests.kit.control_plane import ControlPlane, control_plane
from tests.kit.database import look
from tests.kit.pebble import Pebble, pebble
from tests.kit.polling import eventually, eventually_so
from tests.kit.ports import free_ports

PATH = "/api/v1/certificates"


@asynccontextmanager
async def answering(plane: ControlPlane, port: int, name: str = "web-1") -> AsyncIterator[None]:
    """An edge that takes what it is told within a beat and answers on `port` as its agent does."""
    agent = await plane.agent(name)
    await plane.post("/api/v1/edges", {"node": name})
    taken: dict[str, bytes] = {}

    told = [0]

    async def has_news() -> bool:
        reply = await agent.request("GET", f"/desired/{agent.node_id}/challenges?revision={told[0]}")
        if reply.status != 200:
            return False
        document = msgspec.json.decode(reply.body, type=ChallengesDocument)
        taken.clear()
        taken.update(answers_of(document))
        told[0] = document.revision
        return True

    async def follow() -> None:
        while True:
            await agent.beat(applied={"challenges": told[0]})
            await eventually_so(has_news, "something to answer", 120, interval=0.2)

    async def converse(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.send_all(answer(bytes(await stream.receive_some(16384)), taken))

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, converse, listeners)
        nursery.start_soon(follow)
        yield
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def ordering(folder: Path, **of_pebble: Any) -> AsyncIterator[tuple[ControlPlane, Pebble]]:
    async with pebble(folder / "pebble", **of_pebble) as authority:
        with trio.fail_after(120):
            async with control_plane(
                folder, acme_directory=authority.directory, acme_ca_file=str(authority.ca_file)
            ) as plane:
                yield plane, authority


async def issued(plane: ControlPlane, name: str, version: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def there() -> bool:
        found.update(await plane.get(f"{PATH}/{name}"))
        assert not found["issuance"]["problem"]
        return int(found["version"]) >= version

    await eventually_so(there, f"version {version} of {name}", 60, interval=0.2)
    return found


async def test_a_certificate_is_ordered_and_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with (
        ordering(tmp_path, rejects_nonces=30) as (plane, authority),
        answering(plane, authority.http_port),
    ):
        command = command_line_of(plane, tmp_path, monkeypatch, capsys)
        out = await command.ok(
            "certificate", "create", "shop", "--domain", "shop.example.com", "--domain", "www.example.com"
        )
        assert out.startswith("Certificate shop is being ordered for shop.example.com, www.example.com.")
        first = await issued(plane, "shop")
        assert set(first["names"]) == {"shop.example.com", "www.example.com"}
        assert (first["state"], first["key_type"]) == ("valid", "ECDSA P-256")
        assert "Pebble" in first["issuer"]
        await command.ok("certificate", "renew", "shop")
        second = await issued(plane, "shop", 2)
        assert second["serial"] != first["serial"]
        assert second["issuance"]["state"] == "issued"
        assert first["not_before"] < second["issuance"]["renew_at"] < second["not_after"]
        rows = await plane.get("/api/v1/audit-log", action="certificate.issue")
        assert [row["after"]["version"] for row in rows] == [2, 1]
        chain, key = certificate_files("shop.example.com")
        with pytest.raises(ApiError, match="ordered and renewed by Nimbus"):
            await plane.post(f"{PATH}/shop/replace", {"chain": chain, "private_key": key})
        assert await command.ok("certificate", "delete", "shop", "--yes") == "Certificate shop deleted.\n"


async def test_a_renewal_that_is_ordered_while_the_authority_is_asked_for_its_time_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answers = threading.Event(), threading.Event()
    really = Authority.renewal

    def renewal(authority: Authority, chain: str) -> Renewal:
        asked.set()
        answers.wait(30)
        return really(authority, chain)

    monkeypatch.setattr(Authority, "renewal", renewal)
    async with ordering(tmp_path) as (plane, authority), answering(plane, authority.http_port):
        await plane.post(f"{PATH}/issue", {"name": "shop", "domains": ["shop.example.com"]})
        await issued(plane, "shop")
        await eventually(asked.is_set, "the authority is asked when to renew")
        await plane.post(f"{PATH}/shop/renew", {})
        answers.set()
        await issued(plane, "shop", 2)


async def test_an_order_outlives_a_restart(tmp_path: Path) -> None:
    """What failed is shown and told; another run of the control plane goes on with the same order and account."""
    async with pebble(tmp_path / "pebble") as authority:
        settings: dict[str, Any] = {
            "acme_directory": authority.directory,
            "acme_ca_file": str(authority.ca_file),
        }
        with trio.fail_after(120):
            async with control_plane(tmp_path, **settings) as plane:
                await plane.post(f"{PATH}/issue", {"name": "shop", "domains": ["shop.example.com"]})
                issuance: dict[str, Any] = {}

                async def failed() -> bool:
                    issuance.update((await plane.get(f"{PATH}/shop"))["issuance"])
                    return bool(issuance["attempts"])

                await eventually_so(failed, "the order fails", 60, interval=0.2)
                assert issuance["problem"].startswith("the workspace has no edge that could answer")
                assert issuance["state"] == "failing"
                [row] = await plane.get("/api/v1/audit-log", action="certificate.issue_failed")
                assert row["after"]["attempts"] == 1
                before = order_of(plane)
                assert before[0]
            async with control_plane(tmp_path, **settings) as plane, answering(plane, authority.http_port):
                await plane.post(f"{PATH}/shop/renew", {})
                found: dict[str, Any] = {}

                async def there() -> bool:
                    found.update(await plane.get(f"{PATH}/shop"))
                    return bool(found["version"])

                await eventually_so(there, "it is issued", 60, interval=0.2)
                assert found["issuance"]["attempts"] == 0
                assert order_of(plane) == ("", before[1])


def order_of(plane: ControlPlane) -> tuple[str, str]:
    """Address of the open order, and its account, which is the only one."""
    [(url, account)] = look(plane.config, "SELECT order_url, account_id FROM certificate_issuances")
    assert look(plane.config, "SELECT id FROM acme_accounts") == [(account,)]
    return url, account


async def test_an_authority_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"acme_directory": f"https://127.0.0.1:{free_ports(1)[0]}/dir"}
    async with control_plane(tmp_path, **settings) as plane:
        await plane.post(f"{PATH}/issue", {"name": "shop", "domains": ["shop.example.com"]})
        problem = ""

        async def failed() -> bool:
            nonlocal problem
            problem = (await plane.get(f"{PATH}/shop"))["issuance"]["problem"]
            return bool(problem)

        await eventually_so(failed, "the order fails", 60, interval=0.2)
        assert "the certificate authority 127.0.0.1 cannot be reached: " in problem
        assert "Connection refused" in problem
