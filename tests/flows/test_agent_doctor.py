"""`nimbus-agent doctor`: what works, what does not, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trio

from agent import cli
from agent.app import run_agent
from agent.status import describe
from tests.kit.agent_client import joined_agent
from tests.kit.control_plane import control_plane
from tests.kit.polling import eventually


async def test_it_says_what_works_and_what_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def doctor(*flags: str) -> tuple[int, str]:
        words = ["doctor", "--data-dir", str(tmp_path / "web-1"), *flags]
        status = await trio.to_thread.run_sync(cli.run, words)
        return status, capsys.readouterr().out

    async with control_plane(tmp_path) as plane, trio.open_nursery() as nursery:
        agent = await joined_agent(tmp_path / "web-1", await plane.token(name="web-1"))
        status, out = await doctor()
        assert status == 1
        start = " " * 18 + "Start it: systemctl start nimbus-agent"
        assert f"FAIL agent        the agent is not running\n{start}\n" in out
        assert f"ok   api          the control plane answers at {agent.record.agent_api}" in out
        nursery.start_soon(run_agent, agent.directory)
        await eventually(lambda: describe(agent.directory)["state"] == "online", "the agent is online")
        status, out = await doctor("-o", "json")
        findings = json.loads(out)
        assert (status, [finding for finding in findings if finding["ok"] is False]) == (0, []), findings
        said = [finding["what"] for finding in findings]
        assert f"the API answers at {plane.serving.api}" in said
        assert "the certificate of this node is valid for 89 days" in said
        nursery.cancel_scope.cancel()
    status, out = await doctor()
    assert status == 1
    assert f"FAIL api          {agent.record.agent_api} is unreachable: nothing listens there" in out

    agent.directory.key.chmod(0o644)
    agent.directory.certificate.write_text("damaged")
    status, out = await doctor()
    assert f"{agent.directory.key} can be read by other users (mode 0644)" in out
    assert f"Run: chmod go-rwx {agent.directory.key}\n" in out
    assert f"{agent.directory.certificate} cannot be used: it contains no certificate" in out
    assert "nimbus node token --rejoin web-1" in out
    assert " problems found.\n" in out
