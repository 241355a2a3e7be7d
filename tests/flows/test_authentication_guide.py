"""docs/authentication.md: its examples run as they stand, each with what the one before answered."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.kit.control_plane import control_plane

GUIDE = Path(__file__).parents[2] / "docs" / "authentication.md"
EXAMPLES = dict(re.findall(r"```bash ([a-z-]+)\n(.*?)```", GUIDE.read_text("utf-8"), re.S))
PASSWORD = "correct horse battery staple"


@pytest.mark.skipif(
    not shutil.which("curl") or not shutil.which("openssl"), reason="curl or openssl is missing"
)
async def test_the_guide_works_from_top_to_bottom(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        await plane.post("/api/v1/users", {"username": "ada", "password": PASSWORD, "is_admin": True})
        environment = {
            "PATH": "/usr/bin:/bin",
            "API": plane.profile.api,
            "CA": plane.profile.ca_file,
            "USERNAME": "ada",
            "PASSWORD": PASSWORD,
            "ACCESS_KEY": plane.profile.access_key,
            "SECRET_KEY": plane.profile.secret_key,
        }

        async def run(name: str) -> Any:
            done = await trio.run_process(
                ["bash", "-euo", "pipefail", "-c", EXAMPLES.pop(name)], capture_stdout=True, env=environment
            )
            answer = json.loads(done.stdout)
            assert "error" not in answer, (name, answer)
            return answer["data"]

        signed_in = await run("login")
        environment |= {"TOKEN": signed_in["access_token"], "REFRESH_TOKEN": signed_in["refresh_token"]}
        assert (await run("token"))["user"]["username"] == "ada"
        assert (await run("refresh"))["access_token"] != environment["TOKEN"]
        environment["API_KEY"] = (await run("service-key"))["api_key"]
        assert await run("api-key") == []
        assert await run("signed") == []
        assert EXAMPLES == {}, "every example of the guide is run here"
