"""Schemathesis as a process, and what its report says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.kit.api_contract.world import ContractWorld
from tests.kit.declared_routes import declared_routes

PHASES = ("--phases", "examples,coverage,fuzzing")
GENTLE = (*PHASES, "--exclude-method", "DELETE")
DESTRUCTIVE = (*PHASES, "--include-method", "DELETE")
# What one answer names goes into the next request. They take nothing away: an invite or a key that was revoked
# stays to be looked at, and is no resource that was deleted.
SEQUENCES = ("--phases", "stateful", "--exclude-method", "DELETE")
# Ours is stricter than its own: it looks at the reason.
NOT_CHECKED = "positive_data_acceptance"
CONFIG = """\
tls-verify = "{ca}"
hooks = "{hooks}"

[auth.openapi.{scheme}

[generation]
with-security-parameters = false
database = "none"
deterministic = {deterministic}

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


class Report(msgspec.Struct):
    """`statuses`: of each operation (`METHOD /path`), how often it answered with what."""

    passed: bool
    told: str
    cases: int
    links: int
    statuses: dict[str, dict[int, int]]

    def only_unknown(self) -> list[str]:
        """Operations of the document whose inside was not reached: what they were asked about was not there."""
        declared = {f"{route.method} {route.path}" for route in declared_routes()}
        return [
            name
            for name, answers in self.statuses.items()
            if name in declared and 404 in answers and set(answers) <= {400, 404, 405, 422}
        ]


def run(
    contract: ContractWorld,
    folder: Path,
    caller: str,
    which: Sequence[str],
    *,
    examples: int,
    seconds: int = 0,
    deterministic: bool = True,
) -> Report:
    """`examples` are random ones for each operation, beside those at the edges of each schema; of sequences, how
    many of them. `seconds`: makes up others until that time is over."""
    folder.mkdir(parents=True, exist_ok=True)
    known_file, report_file = folder / "known.json", folder / "report.ndjson"
    contract.write_known(known_file)
    (folder / "schemathesis.toml").write_text(_config(contract, which, caller, deterministic), "utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"]
    command += [f"{contract.plane.serving.api}/api/v1/openapi.json", *which]
    command += ["--exclude-checks", NOT_CHECKED, "--max-examples", str(examples), "--workers", "1"]
    command += ["--continue-on-failure", "--no-color", "--warnings", "off", "--max-failures", "200"]
    # `wait` of events is up to 30 seconds.
    command += ["--request-timeout", "60"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(report_file)]
    if seconds:
        command += ["--max-time", str(seconds)]
    done = subprocess.run(
        command,
        env={
            **os.environ,
            "NIMBUS_CONTRACT_KNOWN": str(known_file),
            "NIMBUS_CONTRACT_CREDENTIAL": contract.credential(caller),
            "PYTHONPATH": str(Path(__file__).parents[3]),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=900 + 2 * seconds,
        check=False,
    )
    told = f"{done.stdout[-30_000:]}\n{done.stderr[-5_000:]}"
    return _report(done.returncode == 0, told, report_file)


def _config(contract: ContractWorld, which: Sequence[str], caller: str, deterministic: bool) -> str:
    parameters = ", ".join(f'"path.{name}" = "{value}"' for name, value in contract.world.parameters.items())
    scheme = "bearer]\nbearer" if caller == "session" else "apiKey]\napi_key"
    return CONFIG.format(
        ca=contract.plane.profile.ca_file,
        hooks="tests.kit.api_contract.hooks",
        scheme=f'{scheme} = "${{NIMBUS_CONTRACT_CREDENTIAL}}"',
        deterministic=str(deterministic).lower(),
        known="" if which == SEQUENCES else KNOWN.format(parameters=parameters),
    )


def _report(passed: bool, told: str, file: Path) -> Report:
    statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for case, response in _interactions(file):
        statuses[f"{case['method']} {case['path']}"][response.get("status_code", 0)] += 1
    cases = sum(sum(answers.values()) for answers in statuses.values())
    covered = re.search(r"API Links:\s+(\d+) covered", told)
    links = int(covered[1]) if covered else 0
    return Report(passed, told, cases, links, {name: dict(statuses[name]) for name in sorted(statuses)})


def _interactions(file: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for number, interaction in recorder.get("interactions", {}).items():
                case = recorder["cases"].get(number, {}).get("value")
                if case:
                    yield case, interaction.get("response") or {}
