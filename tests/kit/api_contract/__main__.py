"""The contract of the API for long: each caller in turn, with other requests each time; prints all reports.

.venv/bin/python -m tests.kit.api_contract --caller owner --caller administrator --minutes 30
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import trio

from tests.kit.api_contract.run import DESTRUCTIVE, GENTLE, SEQUENCES, Report, run
from tests.kit.api_contract.world import CALLERS, contract_world

# Of the time of one caller: requests one by one, in sequences, and those that delete.
SHARES = ((GENTLE, 0.6), (SEQUENCES, 0.3), (DESTRUCTIVE, 0.1))


async def _one_caller(folder: Path, caller: str, seconds: float) -> bool:
    passed = True
    async with contract_world(folder / "world") as contract:
        for number, (which, share) in enumerate(SHARES):
            started = time.monotonic()
            report = await trio.to_thread.run_sync(
                partial(
                    run,
                    contract,
                    folder / f"run{number}",
                    caller,
                    which,
                    examples=1000,
                    seconds=max(1, int(seconds * share)),
                    deterministic=False,
                )
            )
            _print(caller, which, report, time.monotonic() - started)
            passed &= report.passed
    return passed


def _print(caller: str, which: tuple[str, ...], report: Report, seconds: float) -> None:
    print(f"== {caller}, {' '.join(which)}: {report.cases} requests in {seconds / 60:.1f} min", flush=True)
    if which == GENTLE:
        print("never succeeded, or only with 404:", *report.only_unknown(), sep="\n  ", flush=True)
    if not report.passed:
        print(report.told, flush=True)


async def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kit.api_contract", description=__doc__)
    parser.add_argument("--caller", action="append", choices=CALLERS, help="default: all of them")
    parser.add_argument("--minutes", type=float, default=10, help="for each caller; default: 10")
    given = parser.parse_args()
    passed = True
    for caller in given.caller or CALLERS:
        with tempfile.TemporaryDirectory(prefix="nimbus-contract-") as folder:
            passed &= await _one_caller(Path(folder), caller, given.minutes * 60)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(trio.run(_main))
