"""nginx's own configuration file with another folder of ours in it: what is checked before it is served. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path

from nimbus.protocol.nginx.tokens import Kind, Token, tokens

# The one file of ours in `conf.d` that nginx reads by itself.
OURS = "nimbus.conf"
_REMARK = "# The next line is of nimbus-agent.\n"


def our_file(current: Path) -> str:
    return f"# Written by nimbus-agent. What is served stands in {current}.\ninclude {current}/*.conf;\n"


def with_other_folder(main: str, conf_d: Path, siblings: Sequence[Path], folder: Path) -> str:
    """`main`, which includes `conf_d/*.conf` somehow, with the files of `folder` in the place of ours; `siblings`
    are the other files in `conf_d`. Raises NginxSyntaxError; ValueError when our file is not included."""
    written, end = [], 0
    for include in _includes(tokens(main)):
        pattern = include[1].value
        if not fnmatch.fnmatch(str(conf_d / OURS), _absolute(pattern, conf_d)):
            continue
        others = [path for path in siblings if fnmatch.fnmatch(str(path), _absolute(pattern, conf_d))]
        lines = [f"include {path};" for path in others if path.name != OURS] + [f"include {folder}/*.conf;"]
        written += [main[end : include[0].start], "\n    ".join(lines)]
        end = include[2].end
    if not written:
        raise ValueError(f"nginx's own configuration does not include {conf_d}/*.conf")
    return "".join([*written, main[end:]])


def _absolute(pattern: str, conf_d: Path) -> str:
    """nginx takes relative paths as below the folder of its own configuration, in which `conf.d` is."""
    return pattern if pattern.startswith("/") else str(conf_d.parent / pattern)


def _includes(read: list[Token]) -> list[tuple[Token, Token, Token]]:
    """`include`, its pattern, and the `;` after it."""
    starts = {Kind.END, Kind.OPEN, Kind.CLOSE}
    return [
        (word, pattern, end)
        for before, word, pattern, end in zip([None, *read], read, read[1:], read[2:], strict=False)
        if word.value == "include" and end.kind is Kind.END and (before is None or before.kind in starts)
    ]


def with_shutdown_timeout(main: str, seconds: int) -> str:
    """The operator's file with the one directive that stands outside of `http` alone. Raises NginxSyntaxError."""
    line = f"worker_shutdown_timeout {seconds}s;"
    depth, statement = 0, list[Token]()
    for token in tokens(main):
        statement.append(token)
        if token.kind is Kind.WORD:
            continue
        depth += {Kind.OPEN: 1, Kind.CLOSE: -1}.get(token.kind, 0)
        if not depth and token.kind is Kind.END and statement[0].value == "worker_shutdown_timeout":
            return f"{main[: statement[0].start]}{line}{main[token.end :]}"
        statement = []
    return f"{_REMARK}{line}\n{main}"


def without_shutdown_timeout(main: str, before: str) -> str:
    """As it is without what was put into it; `before` is the operator's file of then."""
    if not main.startswith(_REMARK):
        return before
    return main.removeprefix(_REMARK).partition("\n")[2]
