"""mesh = off: plain TLS pinned to the CA of the token, and nothing that needs root."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.kit.lab import LabHost
from tests.kit.lab.capture import TCP, capture
from tests.system.conftest import MakeLab

pytestmark = pytest.mark.root
USER = "nobody"


def own_folders(host: LabHost) -> dict[str, str]:
    """Folders of that user's, and the variables that lead there."""
    own = host.folder / "own"
    own.mkdir()
    shutil.chown(own, USER, "nogroup")
    return {
        "HOME": os.fspath(own),
        "SHIV_ROOT": os.fspath(own / "cache"),
        "XDG_CONFIG_HOME": os.fspath(own / "config"),
        "NIMBUS_AGENT_DATA_DIR": os.fspath(own / "data"),
        "NIMBUS_DATA_DIR": os.fspath(own / "data"),
    }


async def test_everything_runs_as_an_ordinary_user(make_lab: MakeLab) -> None:
    async with make_lab(nodes=1, mesh="off") as lab:
        server, node = lab.control_plane, lab["n1"]
        for host in (server, node):
            host.environment.update(own_folders(host))
        data = server.environment["NIMBUS_DATA_DIR"]
        flags = lab.server_flags(data_dir=data)
        process = await server.start("nimbus-api", *lab.program("nimbus"), "api", *flags, user=USER)
        made = await server.run(*lab.program("nimbus"), "bootstrap", "--data-dir", data, user=USER)
        assert made.status == 0, made.err

        lab.operator = USER
        token = await lab.token("n1")
        async with capture(lab.switch) as joining:
            joined = await lab.join(node, token, user=USER)
            assert joined.status == 0, joined
            await lab.start_agent(node, user=USER)
            await lab.wait_online()
            created = await lab.command("task", "create", "--node", "n1", "--kind", "collect_facts", "--wait")
            assert created.status == 0, created
        assert joining.protocols() == {TCP}
        # The kind, as long as it is, would be in the clear if anything were.
        assert not joining.holds(b"collect_facts")
        shown = await lab.get("/api/v1/nodes/n1")
        assert shown["overlay_ip"] in ("", None)
        status = await lab.command("mesh", "status")
        assert (status.status, "mesh is off" in status.err) == (0, True), status

        await lab.nimbus("node", "delete", "n1", "--yes")
        await node.wait_problem("CERTIFICATE_REVOKED", user=USER)
        assert await process.stop(timeout=5) == 0
