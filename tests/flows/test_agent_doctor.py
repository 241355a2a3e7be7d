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
        assert "FAIL the agent is not running\n     Start it: systemctl start nimbus-agent" in out
        assert f"ok   the control plane answers at {agent.record.agent_api}" in out
        nursery.start_soon(run_agent, agent.directory)
        await eventually(lambda: describe(agent.directory)["state"] == "online", "the agent is online")
        status, out = await doctor("-o", "json")
        findings = json.loads(out)
        assert (status, {finding["ok"] for finding in findings}) == (0, {True}), findings
        assert f"the API answers at {plane.serving.api}" in [finding["what"] for finding in findings]
        nursery.cancel_scope.cancel()
    status, out = await doctor()
    assert status == 1
    assert f"FAIL {agent.record.agent_api} is unreachable: nothing listens there" in out
