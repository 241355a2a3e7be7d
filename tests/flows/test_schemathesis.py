"""The served OpenAPI document against the served API: schemathesis makes requests from it, right and wrong ones,
and checks that what is answered is what the document says. Then in sequences: what one answer names goes into the
next request (the links that it infers from the document). They take nothing away: an invite or a key that was taken
back stays to be looked at, and is no resource that was deleted.

All of its checks but three: `positive_data_acceptance` (a schema cannot say which names there are, and which
secrets are right), `unsupported_method` and `allow_header_conformance` (a path like /nodes/tokens is a node's name
to other methods, so that these are answered there, and said in Allow).
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from tests.kit.requester import Requester, secret_of
from tests.kit.two_organizations import TwoOrganizations, two_organizations

SEQUENCES = ["--phases", "stateful", "--exclude-method", "DELETE"]
NOT_CHECKED = "positive_data_acceptance,unsupported_method,allow_header_conformance"
CONFIG = """\
tls-verify = "{ca}"

[auth.openapi.apiKey]
api_key = "${{SCHEMATHESIS_KEY}}"

[generation]
with-security-parameters = false
database = "none"
deterministic = true

{known}
# There is no identity provider behind the one that is configured: UNAVAILABLE is the right answer. A fault of ours
# is found in the log.
[[operations]]
include-path-regex = "^/api/v1/(auth/oidc|identity-providers)/"
checks = {{ not_a_server_error = {{ enabled = false }} }}
"""
# What there is, for what does not take it away.
KNOWN = """\
[[operations]]
exclude-method = "DELETE"
parameters = {{ {parameters} }}
"""


def run(
    world: TwoOrganizations, folder: Path, key: str, which: list[str], examples: int
) -> subprocess.CompletedProcess[str]:
    """`examples` are random ones for each operation, beside those at the edges of each schema; of sequences, how
    many of them: these take what they need from answers."""
    parameters = ", ".join(f'"path.{name}" = "{value}"' for name, value in world.parameters.items())
    config = folder / "schemathesis.toml"
    known = "" if which == SEQUENCES else KNOWN.format(parameters=parameters)
    config.write_text(CONFIG.format(ca=world.plane.profile.ca_file, known=known), "utf-8")
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(config),
        "run",
        f"{world.plane.serving.api}/api/v1/openapi.json",
        "--exclude-checks",
        NOT_CHECKED,
        *which,
        "--max-examples",
        str(examples),
        "--workers",
        "1",
        "--continue-on-failure",
        "--no-color",
        "--warnings",
        "off",
        "--max-failures",
        "50",
    ]
    environment = {**os.environ, "SCHEMATHESIS_KEY": key}
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=900, check=False
    )


def check_run(
    world: TwoOrganizations, folder: Path, key: str, which: list[str], examples: int, cases: int
) -> None:
    done = run(world, folder, key, which, examples)
    told = f"{done.stdout[-30_000:]}\n{done.stderr[-5_000:]}"
    assert done.returncode == 0, told
    if which == SEQUENCES:
        links = re.search(r"API Links:\s+(\d+) covered", done.stdout)
        assert links, told
        assert int(links[1]) > 0, told
    else:
        selected = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", done.stdout)
        assert selected, told
        assert selected[1] == selected[3], told
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated, told
    assert int(generated[1]) >= cases, told


async def check(
    folder: Path, caplog: pytest.LogCaptureFixture, *, caller: str, examples: int, cases: int
) -> None:
    """`cases` is how many there are at least."""
    # Passkeys want a host name.
    async with two_organizations(folder / "world", advertise="localhost") as world:
        made = await world.plane.post("/api/v1/personal-keys", {"name": "all", "kind": "api-key"})
        key: str = made["api_key"] if caller == "administrator" else world.keys[caller]

        def still_there() -> int:
            with Requester(world.plane, key) as requester:
                return requester.get("/api/v1/whoami").status

        phases = ["--phases", "examples,coverage,fuzzing"]
        gentle = [*phases, "--exclude-method", "DELETE"]
        await trio.to_thread.run_sync(check_run, world, folder, key, gentle, examples, cases)
        # Else the requests after the key's end would have proved nothing.
        assert await trio.to_thread.run_sync(still_there) == 200
        await trio.to_thread.run_sync(check_run, world, folder, key, SEQUENCES, 4 * examples, 4 * examples)
        # They go for what earlier answers named, the organization and the key itself included.
        destructive = [*phases, "--include-method", "DELETE"]
        await trio.to_thread.run_sync(check_run, world, folder, key, destructive, examples, 100)
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR], written
    assert secret_of(key) not in written


# To the database both are the same.
@pytest.mark.parametrize("caller", [pytest.param("owner", marks=pytest.mark.one_engine), "administrator"])
async def test_the_api_is_what_its_document_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, caller: str
) -> None:
    await check(tmp_path, caplog, caller=caller, examples=5, cases=3000)


@pytest.mark.slow
@pytest.mark.parametrize("caller", ["owner", "administrator", "viewer", "operator-of-web"])
async def test_the_api_is_what_its_document_says_at_length(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, caller: str
) -> None:
    await check(tmp_path, caplog, caller=caller, examples=60, cases=8000)
