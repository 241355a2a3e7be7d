"""A set of files is checked far from what is served: without rights, bounded, with keys that are thrown away."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from agent.edge import checking
from agent.edge.applier import EdgeApplier, NoEdge
from agent.edge.desired import DesiredEdge
from agent.edge.nginx import NginxFailed
from nimbus.protocol.kinds import CheckedFile, NginxCheckResult, decode_parameters
from tests.kit.edge_nginx import RELEASES, EdgeNginx


@pytest.fixture(autouse=True)
def own_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "own_command", lambda: [sys.executable, "-m", "agent"])


async def check(tmp_path: Path, *texts: str, release: str = RELEASES[-1]) -> NginxCheckResult:
    nginx = EdgeNginx(release, tmp_path / "nginx")
    applier = EdgeApplier(
        "n1",
        DesiredEdge(),
        None,  # type: ignore[arg-type]
        tmp_path / "edge",
        find=lambda: (nginx.place, nginx.said),
    )
    files = tuple(CheckedFile(f"50-file-{number}", text) for number, text in enumerate(texts))
    before = set(Path(tempfile.gettempdir()).glob("nimbus-check-*"))
    try:
        return await applier.check_files(files)
    finally:
        assert set(Path(tempfile.gettempdir()).glob("nimbus-check-*")) == before


@pytest.mark.parametrize("release", RELEASES)
async def test_good_files_pass_on_each_release(tmp_path: Path, release: str) -> None:
    folder = "/var/lib/nimbus-agent-edge"
    result = await check(
        tmp_path,
        f"log_format x '$status';\nserver {{ listen unix:{folder}/generation.sock; access_log off; }}\n",
        "server {\n    listen 80;\n    listen 443 ssl;\n    server_name a.example;\n"
        f"    access_log {folder}/access.log x;\n"
        f"    ssl_certificate {folder}/certificates/0190.pem;\n"
        f"    ssl_certificate_key {folder}/certificates/0190.key;\n}}\n",
        release=release,
    )
    assert (result.ok, result.problems) == (True, ())
    assert "nginx/" in result.version_text


async def test_what_nginx_says_comes_with_file_and_line(tmp_path: Path) -> None:
    result = await check(tmp_path, "server { listen 80; }\n", "server {\n  listen 81;\n  nonsense on;\n}\n")
    assert not result.ok
    (problem,) = result.problems
    assert (problem.level, problem.message, problem.file, problem.line) == (
        "emerg",
        'unknown directive "nonsense"',
        "50-file-1",
        3,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's rights need root")
async def test_it_reads_nothing_that_is_not_for_all(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("words that nobody sees\n")
    secret.chmod(0o600)
    result = await check(tmp_path, f"include {secret};\n")
    assert not result.ok
    assert "Permission denied" in result.problems[0].message
    assert "words" not in result.problems[0].message


async def test_it_takes_no_more_memory_than_it_may(tmp_path: Path) -> None:
    result = await check(tmp_path, "limit_req_zone $uri zone=z:4g rate=1r/s;\nserver { listen 80; }\n")
    assert not result.ok


async def test_where_it_cannot_be_checked_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking.shutil, "which", lambda _name: None)  # type: ignore[attr-defined]
    with pytest.raises(NoEdge, match="prlimit"):
        await check(tmp_path, "server {}\n")
    assert issubclass(NginxFailed, Exception)


@pytest.mark.parametrize(
    "files",
    [
        [],
        [{"name": "../a", "text": ""}],
        [{"name": "a", "text": "x" * (512 * 1024 + 1)}],
        [{"name": "a", "text": ""}] * 201,
    ],
)
def test_what_is_no_set_of_files_is_refused(files: list[dict[str, str]]) -> None:
    with pytest.raises(ValueError, match="file"):
        decode_parameters("nginx_check", {"files": files})
