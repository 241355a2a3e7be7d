"""From argv to an exit status. Only the chosen noun's module is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from nimbus.cli.commands import COMMANDS, Parser, parser_of
from nimbus.protocol.errors import EXIT_OK, EXIT_USAGE, NimbusError


def run(arguments: Sequence[str]) -> int:
    """The exit status: 0 ok, 1 failed, 2 usage, 3 not authenticated or forbidden, 4 not found."""
    if not arguments or arguments[0] in ("-h", "--help"):
        from nimbus.cli.help import overview

        print(overview())
        return EXIT_OK if arguments else EXIT_USAGE
    if arguments[0] in ("-V", "--version", "version"):
        from nimbus.protocol.version import VERSION

        print(f"nimbus {VERSION}")
        return EXIT_OK
    if arguments[0] == "__complete":
        from nimbus.cli.complete import complete

        return complete(arguments[1:])
    word = arguments[0]
    known = [command for command, _, _ in COMMANDS]
    if word not in known:
        print(_unknown(word, known), file=sys.stderr)
        return EXIT_USAGE
    return _execute(parser_of(word), arguments[1:])


def _unknown(word: str, known: list[str]) -> str:
    import difflib

    nearest = difflib.get_close_matches(word, known, n=1)
    hint = f"Did you mean `nimbus {nearest[0]}`?" if nearest else "See: nimbus --help"
    return f"nimbus: there is no command {word!r}. {hint}"


def _execute(parser: Parser, arguments: Sequence[str]) -> int:
    debug = "--debug" in arguments
    try:
        options = parser.parse_args(arguments)
        status: int | None = options.run(options)
    except NimbusError as error:
        if debug:
            raise
        print_error(error)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    return EXIT_OK if status is None else status


def print_error(error: NimbusError) -> None:
    """One line; further fields of a validation error one line each."""
    suffix = f" [{error.code}]"
    request_id = getattr(error, "request_id", "")
    if request_id and error.code == "INTERNAL":
        suffix = f" [{error.code} {request_id}]"
    lines = [f"nimbus: {error.line()}{suffix}"]
    if len(error.details) > 1:
        lines += [f"  {detail.get('field')}: {detail.get('message')}" for detail in error.details]
    from nimbus.cli.output import printable

    # A message may quote what came over the network.
    print("\n".join(printable(line) for line in lines), file=sys.stderr)
