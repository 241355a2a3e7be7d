"""The `nimbus` entry point. Imports nothing of the server: start-up time is the CLI's."""

from __future__ import annotations

import sys


def main() -> None:
    try:
        from nimbus.cli.main import run
        from nimbus.protocol.command_end import run_to_end

        status = run_to_end("nimbus", run, sys.argv[1:])
    except KeyboardInterrupt:
        # Also before a command has begun.
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
