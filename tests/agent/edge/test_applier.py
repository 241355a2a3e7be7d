"""The section `edge` from a control plane that is played to a real nginx, and what the edge says of itself."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from agent.edge.applier import EdgeApplier, NoEdge
from agent.edge.desired import DesiredEdge
from agent.edge.nginx import LOADED_SOCKET, NginxPlace
from agent.link import LinkDown, Reply
from nimbus.protocol.edge import (
    CertificateFiles,
    DeployReport,
    EdgeCertificate,
    EdgeDelta,
    EdgeDocument,
    EdgeFile,
    EdgeProbe,
    EdgeReport,
    EdgeSection,
    EdgeTexts,
    EdgeTextsRequest,
    EdgeUpstream,
    Outcome,
    UpstreamTarget,
)
from tests.kit.agent_state import fill, opened_state
from tests.kit.certificates import self_signed
from tests.kit.edge_nginx import RELEASES, EdgeNginx
from tests.kit.ports import free_ports

HOST = "virtual_host/a"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class PlayedControlPlane:
    """Stands in for the link: one node's section, its texts and certificates."""

    def __init__(self) -> None:
        self.section = EdgeSection(whole=EdgeDocument(0))
        # For who has nothing; None: the same as for all others.
        self.whole: EdgeSection | None = None
        self.texts: dict[str, str] = {}
        self.certificates: dict[str, CertificateFiles] = {}
        self.reports: list[EdgeReport] = []
        self.asked: list[str] = []
        self.connected = True

    def text(self, text: str) -> str:
        self.texts[digest(text)] = text
        return digest(text)

    async def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        timeout: float = 60,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        await trio.lowlevel.checkpoint()
        if not self.connected:
            raise LinkDown
        self.asked.append(f"{method} {target}")
        path = target.removeprefix("/v1/internal/")
        if path.startswith("desired/n1/edge"):
            is_new = target.endswith("revision=0") and self.whole is not None
            return Reply(200, msgspec.json.encode(self.whole if is_new else self.section))
        if path == "edge/texts":
            wanted = msgspec.json.decode(body, type=EdgeTextsRequest).sha256
            return Reply(200, msgspec.json.encode(EdgeTexts({one: self.texts[one] for one in wanted})))
        if path == "edge/report":
            self.reports.append(msgspec.json.decode(body, type=EdgeReport))
            return Reply(204, b"")
        found = self.certificates.get(path.removeprefix("edge/certificates/"))
        return Reply(200, msgspec.json.encode(found)) if found else Reply(404, b"{}")


class Lab:
    """A running nginx, the agent's part that looks after it, and a control plane."""

    def __init__(self, nginx: EdgeNginx, folder: Path, desired: DesiredEdge) -> None:
        self.nginx, self.folder, self.desired = nginx, folder, desired
        self.control_plane = PlayedControlPlane()
        self.applier = EdgeApplier("n1", desired, self.control_plane, folder, find=self.find, quiet_s=0.1)  # type: ignore[arg-type]
        self.port, self.other = free_ports(2)

    def find(self) -> tuple[NginxPlace, str]:
        return self.nginx.place._replace(generation_socket=self.folder / LOADED_SOCKET), self.nginx.said

    def head(self, generation: int) -> str:
        return (
            f"server {{ listen unix:{self.folder}/generation.sock; location = /status {{ stub_status; }}"
            f" location = /generation {{ return 200 '{generation}'; }} }}\n"
        )

    def host(self, version: int, extra: str = "", owner: str = HOST, port: int = 0) -> EdgeFile:
        name = owner.replace("/", "-").replace("_", "-")
        text = (
            f"server {{ listen 127.0.0.1:{port or self.port}; server_name {name}.example; {extra}"
            f" location = /v {{ return 200 '{version}'; }} }}\n"
        )
        return EdgeFile(f"50-{name}", self.control_plane.text(text), owner, version)

    def document(self, revision: int, *files: EdgeFile, **more: Any) -> EdgeDocument:
        return EdgeDocument(revision, revision, head=self.head(revision), files=files, **more)

    async def tell(self, document: EdgeDocument | EdgeDelta) -> None:
        whole = isinstance(document, EdgeDocument)
        self.control_plane.section = EdgeSection(whole=document) if whole else EdgeSection(delta=document)  # type: ignore[arg-type]
        self.applier.learn(document.revision)
        await self.applier.settle(20)

    def ask(self, path: str = "/v", port: int = 0, name: str = "virtual-host-a.example") -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        connection.request("GET", path, headers={"Host": name})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return body if answer.status == 200 else str(answer.status)


@asynccontextmanager
async def lab(tmp_path: Path, release: str = RELEASES[-1], *, runs: bool = True) -> AsyncIterator[Lab]:
    nginx = EdgeNginx(release, tmp_path / "nginx")
    async with opened_state(tmp_path / "state") as state:
        made = Lab(nginx, tmp_path / "agent-edge", state.edge)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(made.applier.run)
            if runs:
                with nginx.running():
                    yield made
                    nursery.cancel_scope.cancel()
            else:
                yield made
                nursery.cancel_scope.cancel()


@pytest.mark.parametrize("release", RELEASES)
async def test_an_order_is_proven_and_a_difference_is_all_that_travels(tmp_path: Path, release: str) -> None:
    async with lab(tmp_path, release) as edge:
        await edge.tell(edge.document(1, edge.host(1)))
        report = await edge.applier.deploy(1)
        assert (report.outcome, edge.ask()) == (Outcome.PROVEN, "1")
        await edge.tell(
            EdgeDelta(
                1,
                2,
                2,
                edge.head(2),
                files=(edge.host(2),),
                upstreams=(EdgeUpstream("up", "upstream/u", 1, (UpstreamTarget("127.0.0.1:9"),)),),
            )
        )
        report = await edge.applier.deploy(2)
        assert (report.outcome, report.generation, edge.ask()) == (Outcome.PROVEN, 2, "2")
        asked = [line for line in edge.control_plane.asked if "texts" in line]
        assert len(asked) == 2
        assert edge.applier.applied == 2


async def test_it_is_served_again_after_a_start_without_the_control_plane(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        await edge.tell(edge.document(1, edge.host(1)))
        await edge.applier.deploy(1)
    shutil.rmtree(tmp_path / "nginx" / "conf.d")
    async with lab(tmp_path) as again:
        again.control_plane.connected = False
        assert again.applier.applied == 1
        assert (await again.applier.deploy(1)).outcome is Outcome.PROVEN


async def test_certificates_are_fetched_kept_private_and_removed(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        chain, key, serial = self_signed("virtual-host-a.example")
        edge.control_plane.certificates["c/1"] = CertificateFiles(chain, key)
        folder = edge.folder / "certificates"
        tls = f"listen 127.0.0.1:{edge.other} ssl; ssl_certificate {folder}/stem-of-c.pem;"
        tls += f" ssl_certificate_key {folder}/stem-of-c.key;"
        certificate = EdgeCertificate("c", 1, "stem-of-c", serial, ("virtual-host-a.example",))
        probe = EdgeProbe(HOST, "virtual-host-a.example", edge.other, ssl=True)
        await edge.tell(edge.document(1, edge.host(1, tls), certificates=(certificate,), probes=(probe,)))
        assert (await edge.applier.deploy(1)).outcome is Outcome.PROVEN
        assert [
            oct((folder / name).stat().st_mode)[-3:] for name in ("", "stem-of-c.key", "stem-of-c.pem")
        ] == ["700", "600", "600"]
        assert edge.applier.edge is not None
        assert (await edge.applier.edge.report()).certificates == {"c": serial}
        # Renewed: the same names, other files.
        chain, key, renewed = self_signed("virtual-host-a.example")
        edge.control_plane.certificates["c/2"] = CertificateFiles(chain, key)
        again = msgspec.structs.replace(certificate, version=2, serial=renewed)
        await edge.tell(EdgeDelta(1, 2, 2, edge.head(2), certificates=(again,)))
        await edge.applier.deploy(2)
        await edge.applier.edge.shown_serials()
        assert (await edge.applier.edge.report()).certificates == {"c": renewed}
        await edge.tell(EdgeDelta(2, 3, 3, edge.head(3), files=(edge.host(2),), removed_certificates=("c",)))
        await edge.applier.deploy(3)
        assert not (folder / "stem-of-c.key").exists()


async def test_a_pair_that_does_not_match_leaves_the_one_before(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        chain, key, _ = self_signed("a.example")
        other_chain, _, _ = self_signed("a.example")
        edge.control_plane.certificates |= {
            "c/1": CertificateFiles(chain, key),
            "c/2": CertificateFiles(other_chain, key),
        }
        first = EdgeCertificate("c", 1, "c", "1")
        await edge.tell(edge.document(1, edge.host(1), certificates=(first,)))
        await edge.tell(
            EdgeDelta(1, 2, 2, edge.head(2), certificates=(msgspec.structs.replace(first, version=2),))
        )
        assert (edge.folder / "certificates" / "c.pem").read_text() == chain
        check = edge.applier.check()
        assert not check.healthy
        assert "do not belong together" in check.message
        assert key not in check.message


async def test_what_nobody_ordered_is_loaded_by_itself(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        await edge.tell(edge.document(1, edge.host(1)))
        with trio.fail_after(15):
            while not (edge.applier.edge and edge.applier.edge.report_of_deploy):
                await trio.sleep(0.05)
        assert edge.ask() == "1"


async def test_a_probe_that_is_worse_than_before_is_told(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        probe = EdgeProbe(HOST, "virtual-host-a.example", edge.port, ssl=False)
        await edge.tell(edge.document(1, edge.host(1, "location / { return 204; }"), probes=(probe,)))
        assert (await edge.applier.deploy(1)).objects == ()
        worse = edge.host(2, "location / { return 503; }")
        await edge.tell(EdgeDelta(1, 2, 2, edge.head(2), files=(worse,), probes=(probe,)))
        report = await edge.applier.deploy(2)
        assert report.outcome is Outcome.PROVEN
        (state,) = report.objects
        assert (state.owner, state.wanted, state.served) == (HOST, 2, 2)
        assert state.problem.message.endswith("it answers with status 503, before with 204")


async def test_drift_is_told_and_not_mended(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        probe = EdgeProbe(HOST, "virtual-host-a.example", edge.port, ssl=False)
        await edge.tell(edge.document(1, edge.host(1), probes=(probe,)))
        await edge.applier.deploy(1)
        assert edge.applier.edge is not None
        report = await edge.applier.edge.report()
        assert (report.drift, report.nginx.running, report.generation) == ({}, True, 1)
        assert report.counts is not None
        assert report.counts.requests > 0
        current = edge.nginx.folder / "conf.d" / "current"
        (current / "50-virtual-host-a.conf").write_text("# by hand\n")
        sites = edge.nginx.folder / "sites-enabled"
        sites.mkdir()
        (sites / "own").write_text("server { server_name other.example virtual-host-a.example; }")
        drift = (await edge.applier.edge.report()).drift
        assert drift == {
            "50-virtual-host-a.conf": "# by hand\n",
            str(sites / "own"): "server_name virtual-host-a.example;",
        }
        current.unlink()
        assert (await edge.applier.edge.report()).drift["current"] == ""


@contextmanager
def small(folder: Path) -> Iterator[None]:
    """A disk of its own over a folder. Needs root: without it the test is skipped."""
    if os.geteuid() != 0:
        pytest.skip("mounts need root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


async def test_a_full_disk_changes_nothing_and_is_tried_again(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        conf_d = edge.nginx.folder / "conf.d"
        with small(conf_d):
            await edge.tell(edge.document(1, edge.host(1)))
            assert (await edge.applier.deploy(1)).outcome is Outcome.PROVEN
            filling = fill(conf_d)
            await edge.tell(EdgeDelta(1, 2, 2, edge.head(2), files=(edge.host(2),)))
            report = await edge.applier.deploy(2)
            assert report.outcome is Outcome.REFUSED
            assert report.problem is not None
            assert report.problem.message.startswith("nothing was changed: ")
            assert "No space left" in report.problem.message
            assert edge.ask() == "1"
            filling.unlink()
            assert (await edge.applier.deploy(2)).outcome is Outcome.PROVEN
            assert edge.ask() == "2"


async def test_two_orders_at_once_follow_each_other(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        await edge.tell(edge.document(1, edge.host(1)))
        reports: list[DeployReport] = []

        async def order(generation: int) -> None:
            reports.append(await edge.applier.deploy(generation))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(order, 1)
            nursery.start_soon(order, 2)
            await edge.tell(EdgeDelta(1, 2, 2, edge.head(2), files=(edge.host(2),)))
        assert {report.outcome for report in reports} == {Outcome.PROVEN}
        assert max(report.generation for report in reports) == 2
        assert edge.ask() == "2"


async def test_a_node_that_is_no_edge_any_more_has_its_nginx_as_it_was(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        before = {path.name for path in (edge.nginx.folder / "conf.d").iterdir()}
        await edge.tell(edge.document(1, edge.host(1)))
        await edge.applier.deploy(1)
        await edge.tell(EdgeDocument(2))
        with trio.fail_after(10):
            while edge.applier.edge is not None:
                await trio.sleep(0.02)
        assert {path.name for path in (edge.nginx.folder / "conf.d").iterdir()} == before
        assert not [path for path in edge.folder.iterdir() if path.name != "loaded.sock"]
        with pytest.raises(NoEdge):
            await edge.applier.perform("test")


async def test_reports_are_sent_when_something_is_otherwise(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        await edge.tell(edge.document(1, edge.host(1)))
        await edge.applier.deploy(1)
        with trio.fail_after(20):
            while not any(report.deploy for report in edge.control_plane.reports):
                await trio.sleep(0.05)
        (*_, last) = edge.control_plane.reports
        assert last.deploy is not None
        assert (last.deploy.outcome, last.nginx.folder) == (Outcome.PROVEN, str(edge.folder))


async def test_a_section_that_does_not_follow_is_asked_for_whole(tmp_path: Path) -> None:
    async with lab(tmp_path, runs=False) as edge:
        await edge.tell(edge.document(1, edge.host(1)))
        edge.control_plane.whole = EdgeSection(whole=edge.document(7, edge.host(2)))
        await edge.tell(EdgeDelta(5, 7, 7, ""))
        assert edge.applier.applied == 7
        assert [line[-10:] for line in edge.control_plane.asked if "desired" in line] == [
            "revision=0",
            "revision=1",
            "revision=0",
        ]


@pytest.mark.skipif(os.geteuid() != 0, reason="owners of files need root")
async def test_the_folder_is_reached_by_workers_and_keys_are_not(tmp_path: Path) -> None:
    async with lab(tmp_path) as edge:
        await edge.tell(edge.document(1, edge.host(1)))
        await edge.applier.deploy(1)
        assert oct(edge.folder.stat().st_mode)[-3:] == "755"
