"""The `nimbus-agent` entry point."""

from __future__ import annotations

import sys


def main() -> None:
    from agent.cli import run
    from nimbus.protocol.command_end import run_to_end

    sys.exit(run_to_end("nimbus-agent", run, sys.argv[1:]))


if __name__ == "__main__":
    main()
